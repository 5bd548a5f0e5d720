//! The feed, and what a verdict says about being kept.

use std::time::Duration;

use authority::Error;
use authority::permission::Role;
use authority::token::Shown;
use tokio::task::yield_now;
use tokio::time::timeout;

use super::*;

/// Alice, by a key that is bound to Acme: what she may is in memory, so that a poll of hers waits as
/// soon as it runs.
async fn key_of_alice(scene: &Scene) -> Caller {
    scene.bearer(&scene.key(Wish::default()).await)
}

/// Polls as somebody, from a cursor on. A poll that should be over at once must not wait its time out.
async fn poll(caller: &Caller, after: &str, wait: u64) -> Value {
    let target = path(&format!("/feed?after={after}&wait={wait}"));
    let answer = timeout(Duration::from_secs(20), caller.gets(&target)).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

async fn start(caller: &Caller) -> String {
    let answer = caller.gets(&path("/feed")).await.json();
    assert_eq!(answer["all"], true, "who follows nothing yet knows nothing");
    text(&answer["cursor"])
}

async fn verify(caller: &Caller, token: &str) -> (String, Value) {
    let question = json!({ "tokens": [{ "token": token }] });
    let answer = caller.posts(&path("/verify"), &question).await.json();
    (text(&answer["cursor"]), answer["results"][0].clone())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn slots(value: &Value) -> Vec<u64> {
    value["slots"].as_array().unwrap().iter().map(|slot| slot.as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_revocation_is_told_by_a_slot_of_the_token() {
    let scene = Scene::new().await;
    let alice = key_of_alice(&scene).await;
    let (doomed, other) = (scene.key(scoped("read")).await, scene.key(scoped("read")).await);
    let (_, other) = verify(&alice, other.secret.reveal()).await;
    let (cursor, known) = verify(&alice, doomed.secret.reveal()).await;
    assert_eq!(known["keep_ms"], 600_000);

    assert_eq!(alice.asks(Method::DELETE, &token_path(&doomed)).await.status, 204);

    let told = poll(&alice, &cursor, 0).await;
    let (told, own, others) = (slots(&told), slots(&known), slots(&other));
    assert!(own.iter().any(|slot| told.contains(slot)), "{told:?} {own:?}");
    assert!(!others.iter().any(|slot| told.contains(slot)), "{told:?} {others:?}");
}

#[tokio::test]
async fn a_poll_ends_as_soon_as_something_is_forgotten() {
    let scene = Scene::new().await;
    let alice = key_of_alice(&scene).await;
    let token = scene.key(scoped("read")).await;
    let cursor = start(&alice).await;

    let waiting = tokio::spawn({
        let (alice, cursor) = (alice.clone(), cursor.clone());
        async move { poll(&alice, &cursor, 30_000).await }
    });
    until_waiting(&waiting).await;
    scene.world.clock.advance(Duration::from_micros(120_500));
    alice.asks(Method::DELETE, &token_path(&token)).await;

    let told = waiting.await.unwrap();
    assert_eq!(told["all"], false);
    assert_eq!(told["slots"].as_array().unwrap().len(), 1);
    assert_eq!((&told["waited_ms"], &told["age_ms"]), (&json!(120), &json!(121)));
    assert_eq!(told["lease_ms"], 500);
    assert_ne!(told["cursor"], json!(cursor));
}

/// Lets a poll come to where it waits. It would be over soon if it didn't.
async fn until_waiting<T>(poll: &tokio::task::JoinHandle<T>) {
    for _ in 0..100 {
        yield_now().await;
    }
    assert!(!poll.is_finished());
}

#[tokio::test]
async fn a_poll_without_news_ends_when_its_time_is_over() {
    let scene = Scene::new().await;
    let alice = key_of_alice(&scene).await;
    let cursor = start(&alice).await;
    let told = poll(&alice, &cursor, 1).await;
    assert_eq!((&told["all"], &told["slots"]), (&json!(false), &json!([])));
    assert_eq!(told["cursor"], json!(cursor));
}

#[tokio::test]
async fn who_is_revoked_while_waiting_learns_nothing() {
    let scene = Scene::new().await;
    let alice = key_of_alice(&scene).await;
    let own = scene.key(Wish::default()).await;
    let caller = scene.bearer(&own);
    let cursor = start(&caller).await;

    let waiting = tokio::spawn(async move {
        caller.gets(&path(&format!("/feed?after={cursor}&wait=30000"))).await.status
    });
    until_waiting(&waiting).await;
    alice.asks(Method::DELETE, &token_path(&own)).await;

    assert_eq!(waiting.await.unwrap(), 401);
}

#[tokio::test]
async fn who_changes_the_password_or_is_disabled_while_waiting_learns_nothing() {
    let scene = Scene::new().await;
    let authority = &scene.world.authority;
    let root = scene.world.root().await;
    for (name, change) in [("mia", None), ("max", Some(false)), ("moe", Some(true))] {
        let user = scene.world.member(name, scene.acme, Role::Admin).await;
        let actor = scene.world.actor(name).await;
        let cursor = Some(authority.asker(&actor).await.unwrap().cursor());
        let changes = async {
            let words = (testing::PASSWORD, "brown otter on a lamp post");
            let door = World::door();
            match change {
                Some(true) => {
                    authority.set_user_disabled(&root, user.id, true).await.unwrap();
                }
                Some(false) => {
                    authority.change_password(&actor, words, false, &door).await.unwrap();
                }
                None => {}
            }
        };
        let awaited = authority.await_forgettings(&actor, cursor, changes).await.unwrap();
        let told = authority.forgettings(&actor, Shown::Password, awaited).await;
        assert_eq!(told.is_ok(), change.is_none(), "{name}: {told:?}");
    }
}

#[tokio::test]
async fn a_poll_takes_one_request_of_a_rate_and_one_use() {
    let scene = Scene::new().await;
    let rate = Some(authority::token::Rate::new(2, 60).unwrap());
    let limits = authority::token::Limits { rate, ..Default::default() };
    let key = scene.key(Wish { limits, ..Wish::default() }).await;
    let paced = scene.bearer(&key);
    let cursor = start(&paced).await;
    let target = path(&format!("/feed?after={cursor}"));
    assert_eq!(paced.gets(&target).await.status, 200);
    assert_eq!(paced.gets(&target).await.status, 429);
    scene.world.authority.flush_uses().await.unwrap();
    let root = scene.world.root().await;
    let usage = scene.world.authority.usage(&root, key.token.id, 1).await.unwrap();
    assert_eq!(usage.days.iter().map(|day| (day.good, day.refused)).collect::<Vec<_>>(), [(2, 1)]);

    let counted = scene.bearer(&scene.key(Wish { uses: Some(2), ..Wish::default() }).await);
    for status in [200, 200, 401] {
        assert_eq!(counted.gets(&target).await.status, status);
    }
}

#[tokio::test]
async fn whoever_may_not_introspect_may_not_follow() {
    let scene = Scene::new().await;
    let narrow = scene.bearer(&scene.key(scoped("authority.token.list")).await);
    assert_eq!(narrow.gets(&path("/feed")).await.status, 403);
    assert_eq!(scene.stranger.gets(&path("/feed")).await.status, 401);
}

#[tokio::test]
async fn a_cursor_that_is_another_nodes_or_ahead_forgets_everything_at_once() {
    let scene = Scene::new().await;
    let alice = key_of_alice(&scene).await;
    let cursor = start(&alice).await;
    let (instance, ticket) = cursor.split_once('.').unwrap();
    let ahead = format!("{instance}.{}", ticket.parse::<u64>().unwrap() + 1);
    let another = format!("00000000deadbeef.{ticket}");
    for strange in [&another, &ahead, &format!("{instance}.{}", u64::MAX)] {
        let told = poll(&alice, strange, 30_000).await;
        assert_eq!((&told["all"], &told["cursor"]), (&json!(true), &json!(cursor)), "{strange}");
    }
    let missing = format!("{instance}.0");
    assert_eq!(poll(&alice, &missing, 30_000).await["all"], true, "it is not known any more");

    let Scene { world, stranger, acme, bolt } = scene;
    drop((alice, stranger));
    let world = world.restarted().await;
    let context = Context::of(world.authority.clone());
    let stranger = world.caller(crate::router(&[face(&context)]));
    let again = Scene { world, stranger, acme, bolt };
    let told = poll(&key_of_alice(&again).await, &cursor, 30_000).await;
    assert_eq!(told["all"], true, "the node has started anew");
}

#[tokio::test]
async fn a_query_that_is_none_is_refused() {
    let scene = Scene::new().await;
    let alice = key_of_alice(&scene).await;
    for query in [
        "after=",
        "after=7",
        "after=.7",
        "after=00000000deadbeef.",
        "after=00000000deadbeef.-1",
        "after=%2B0000000deadbeef.1",
        "after=00000000deadbeef.18446744073709551616",
        "after=x.1",
        "wait=30001",
        "wait=-1",
        "wait=soon",
        "wait=1&wait=1",
        "since=1",
    ] {
        let answer = alice.gets(&path(&format!("/feed?{query}"))).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_node_whose_lease_is_over_tells_nothing() {
    let scene = Scene::new().await;
    let alice = key_of_alice(&scene).await;
    let cursor = start(&alice).await;
    scene.world.clock.advance(Duration::from_millis(499));
    assert_eq!(poll(&alice, &cursor, 0).await["age_ms"], 499);

    scene.world.clock.advance(Duration::from_millis(1));

    let answer = alice.gets(&path(&format!("/feed?after={cursor}"))).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"));
}

#[tokio::test]
async fn a_poll_for_which_there_is_no_place_is_answered_at_once() {
    let scene = Scene::with(|policy| policy.memory.polls = 1).await;
    let alice = key_of_alice(&scene).await;
    let cursor = start(&alice).await;
    let waiting = tokio::spawn({
        let (alice, cursor) = (alice.clone(), cursor.clone());
        async move { poll(&alice, &cursor, 30_000).await }
    });
    until_waiting(&waiting).await;

    assert_eq!(poll(&alice, &cursor, 30_000).await["slots"], json!([]));

    scene.world.authority.close_feed();
    assert_eq!(waiting.await.unwrap()["slots"], json!([]), "a node that stops ends its polls");
    assert_eq!(poll(&alice, &cursor, 30_000).await["slots"], json!([]));
}

#[tokio::test]
async fn a_verdict_says_for_how_long_it_may_be_kept() {
    let scene = Scene::new().await;
    let alice = key_of_alice(&scene).await;
    let now = scene.world.authority.now();
    let soon = now + jiff::SignedDuration::from_millis(1_500);
    let ending = scene.key(Wish { expires_at: Some(soon), ..scoped("read") }).await;
    let (_, known) = verify(&alice, ending.secret.reveal()).await;
    assert_eq!(known["keep_ms"], 1_500);
    scene.world.pass(Duration::from_secs(2)).await;
    let (_, known) = verify(&alice, ending.secret.reveal()).await;
    assert_eq!((&known["reason"], &known["keep_ms"]), (&json!("expired"), &json!(600_000)));

    let counted = scene.key(Wish { uses: Some(2), ..scoped("read") }).await;
    let (_, known) = verify(&alice, counted.secret.reveal()).await;
    assert_eq!((&known["valid"], &known["keep_ms"]), (&json!(true), &Value::Null));
    assert_eq!(known["slots"], Value::Null);

    let (_, unknown) = verify(&alice, "nonsense").await;
    assert_eq!((&unknown["keep_ms"], &unknown["slots"]), (&json!(500), &json!([0])));
}

#[tokio::test]
async fn a_secret_that_was_rotated_away_is_kept_no_longer_than_it_is_good() {
    let scene = Scene::new().await;
    let alice = key_of_alice(&scene).await;
    let token = scene.key(scoped("read")).await;
    let overlap = json!({ "overlap_seconds": 60 });
    let rotated = alice.posts(&format!("{}/rotate", token_path(&token)), &overlap).await;
    assert_eq!(rotated.status, 200, "{}", rotated.body);
    let (_, known) = verify(&alice, token.secret.reveal()).await;
    assert_eq!((&known["valid"], &known["keep_ms"]), (&json!(true), &json!(60_000)));
}

#[tokio::test]
async fn what_somebody_is_told_is_dropped_when_they_may_not_be_told_any_more() {
    let scene = Scene::new().await;
    let token = scene.key(scoped("read")).await;
    let mia = scene.world.member("mia", scene.acme, Role::Admin).await;
    let asking = scene.caller("mia").await;
    let (cursor, known) = verify(&asking, token.secret.reveal()).await;
    assert_eq!(known["valid"], true);

    let root = scene.world.root().await;
    scene.world.authority.remove_member(&root, scene.acme, mia.id).await.unwrap();

    let told = poll(&key_of_alice(&scene).await, &cursor, 0).await;
    let (told, kept) = (slots(&told), slots(&known));
    assert!(kept.iter().any(|slot| told.contains(slot)), "{told:?} {kept:?}");
}

#[tokio::test]
async fn nothing_is_kept_by_who_changed_since_it_was_authenticated() {
    let scene = Scene::new().await;
    let authority = &scene.world.authority;
    let (own, other) = (scene.key(Wish::default()).await, scene.key(scoped("read")).await);
    let actor = authority.authenticate(own.secret.reveal(), &World::VISIT).await.unwrap();
    let keeps = async |actor: &authority::Actor| -> Result<bool, Error> {
        let mut asker = authority.asker(actor).await?;
        let verdict = authority.verify_for(&mut asker, other.secret.reveal(), &World::ANY).await?;
        assert!(matches!(verdict, Verdict::Good(_)));
        Ok(authority.keeping(&asker, &verdict).is_some())
    };
    assert!(keeps(&actor).await.unwrap());
    assert!(!keeps(&scene.world.actor("alice").await).await.unwrap(), "a password has no slots");

    let alice = key_of_alice(&scene).await;
    alice.asks(Method::DELETE, &token_path(&own)).await;

    assert!(!keeps(&actor).await.unwrap());
}
