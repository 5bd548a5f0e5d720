//! Pairs of tokens: refreshed, given back, ended (contract section 4; attack book, group 4).

use std::future::poll_fn;
use std::task::Poll;

use authority::days;
use axum::http::Method;
use serde_json::json;
use testing::{Answer, World};

use super::{Application, Pair, Scene, made};

/// Waits for all of these at once.
pub(super) async fn at_once<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.map(|one| (Box::pin(one), None)).collect();
    poll_fn(|context| {
        let mut left = false;
        for (one, done) in all.iter_mut().filter(|(_, done)| done.is_none()) {
            match one.as_mut().poll(context) {
                Poll::Ready(answer) => *done = Some(answer),
                Poll::Pending => left = true,
            }
        }
        if left { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    all.into_iter().map(|(_, done)| done.unwrap()).collect()
}

pub(super) fn is_refused(answer: &Answer) -> bool {
    answer.status == 400 && answer.json() == json!({ "error": "invalid_grant" })
}

/// Whether nothing of a grant is good any more.
pub(super) async fn is_over(scene: &Scene, app: &Application, pair: &Pair) -> bool {
    !scene.is_live(&pair.access).await && is_refused(&scene.refresh(app, &pair.refresh).await)
}

#[tokio::test]
async fn a055_of_many_who_refresh_at_once_one_is_answered_and_nothing_is_live_twice() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    for _ in 0..5 {
        let pair = scene.pair(&app, "alice", "write").await;
        let answers = at_once((0..20).map(|_| scene.refresh(&app, &pair.refresh))).await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.iter().partition(|one| one.status == 200);
        assert!(bad.iter().all(|answer| is_refused(answer)));
        let mut live = 0;
        for answer in &good {
            live += usize::from(scene.is_live(&Pair::of(answer).access).await);
        }
        assert!(!good.is_empty() && live <= 1, "{} were answered, {live} are live", good.len());
        assert!(!scene.is_live(&pair.access).await);
    }
}

#[tokio::test]
async fn a056_a057_an_old_refresh_token_ends_its_grant_however_fast_it_was_replaced() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    for scope in ["", "&scope=read"] {
        let mut pairs = vec![scene.pair(&app, "alice", "write").await];
        for _ in 0..5 {
            let answer = scene.refresh(&app, &pairs.last().unwrap().refresh).await;
            pairs.push(Pair::of(&answer));
        }
        let last = pairs.last().unwrap();
        assert!(scene.is_live(&last.access).await);
        let old = format!("grant_type=refresh_token&refresh_token={}{scope}", pairs[1].refresh);
        assert!(is_refused(&scene.grant(&app, &old).await));
        for pair in &pairs {
            assert!(is_over(&scene, &app, pair).await);
        }
    }
}

#[tokio::test]
async fn a059_a060_whatever_comes_between_a_refresh_and_an_end_nothing_is_left() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let root = scene.world.root().await;
    let alice = scene.world.actor("alice").await.user().unwrap();
    let authority = &scene.world.authority;
    for round in 0..12 {
        let pair = scene.pair(&app, "alice", "write").await;
        let number = newest(&scene).await;
        let end = async {
            match round % 3 {
                0 => {
                    let form = format!("token={}", pair.refresh);
                    scene.client(&app).fills("/api/o/revoke_token/", &form).await;
                }
                1 => drop(authority.set_user_disabled(&root, alice, true).await.unwrap()),
                _ => {
                    let path = format!("/api/v2/tokens/{number}/");
                    scene.basic("root").asks(Method::DELETE, &path).await;
                }
            }
        };
        let (answer, ()) = if round % 2 == 0 {
            tokio::join!(scene.refresh(&app, &pair.refresh), end)
        } else {
            let (end, answer) = tokio::join!(end, scene.refresh(&app, &pair.refresh));
            (answer, end)
        };
        assert!(is_over(&scene, &app, &pair).await, "round {round}");
        // A deleted token is one of the pair's; the refresh may have come first and replaced it.
        if answer.status == 200 && round % 3 != 2 {
            assert!(!scene.is_live(&Pair::of(&answer).access).await, "round {round}");
        }
        authority.set_user_disabled(&root, alice, false).await.unwrap();
    }
}

async fn newest(scene: &Scene) -> i64 {
    let list = scene.basic("root").gets("/api/v2/tokens/?order_by=-id&page_size=1").await;
    list.json()["results"][0]["id"].as_i64().unwrap()
}

#[tokio::test]
async fn a061_a_lost_answer_may_be_asked_for_once_more_for_30_s_if_nothing_of_it_was_used() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let first = scene.pair(&app, "alice", "write").await;
    let lost = Pair::of(&scene.refresh(&app, &first.refresh).await);
    scene.seconds(29).await;
    let again = Pair::of(&scene.refresh(&app, &first.refresh).await);
    assert!(!scene.is_live(&lost.access).await && scene.is_live(&again.access).await);
    assert!(is_refused(&scene.refresh(&app, &first.refresh).await), "not a third time");
    assert!(is_over(&scene, &app, &again).await);

    let first = scene.pair(&app, "alice", "write").await;
    let used = Pair::of(&scene.refresh(&app, &first.refresh).await);
    assert!(scene.is_live(&used.access).await);
    scene.seconds(1).await;
    assert!(is_refused(&scene.refresh(&app, &first.refresh).await), "the answer was not lost");
    assert!(is_over(&scene, &app, &used).await);

    let first = scene.pair(&app, "alice", "write").await;
    let late = Pair::of(&scene.refresh(&app, &first.refresh).await);
    scene.seconds(31).await;
    assert!(is_refused(&scene.refresh(&app, &first.refresh).await));
    assert!(is_over(&scene, &app, &late).await);
}

#[tokio::test]
async fn a064_a_refresh_narrows_and_never_widens() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let pair = scene.pair(&app, "alice", "read+write").await;
    let asked = async |pair: &Pair, scope: &str| {
        let form = format!("grant_type=refresh_token&refresh_token={}&scope={scope}", pair.refresh);
        scene.grant(&app, &form).await
    };
    let narrow = Pair::of(&asked(&pair, "read").await);
    assert_eq!(narrow.scope, "read");
    for wider in ["write", "read+write", "*", "admin", "read+read", "read,write", "READ", "%00"] {
        let answer = asked(&narrow, wider).await;
        assert_eq!(answer.json(), json!({ "error": "invalid_scope" }), "{wider}");
        assert!(scene.is_live(&narrow.access).await, "nothing has changed");
    }
    let same = Pair::of(&scene.refresh(&app, &narrow.refresh).await);
    assert_eq!(same.scope, "read");
    let writes = scene.stranger().bearer(&same.access).posts("/api/v2/tokens/", &json!({})).await;
    assert_eq!(writes.status, 403);
}

#[tokio::test]
async fn a066_a_grant_that_is_not_refreshed_in_time_is_over() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let pair = scene.pair(&app, "alice", "write").await;
    scene.seconds(2_628_000).await;
    let answer = scene.refresh(&app, &pair.refresh).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.body, "The refresh token has expired.");
    assert!(answer.header("content-type").starts_with("text/html"));
    let unknown = scene.refresh(&app, "nonsense").await;
    assert!(is_refused(&unknown));
}

#[tokio::test]
async fn a021_a_grant_that_a_token_makes_ends_with_it() {
    let world = World::with(|policy| policy.tokens.longest_life = Some(days(366))).await;
    let scene = Scene::on(world).await;
    let app = scene.application("app", json!({})).await;
    let end =
        authority::clock::Clock::now(&*scene.world.clock) + jiff::SignedDuration::from_hours(1);
    let wish = authority::token::Wish { expires_at: Some(end), ..Default::default() };
    let parent = scene.stranger().bearer(&scene.personal("alice", wish).await);
    let child = made(&parent, "/api/v2/tokens/", json!({ "application": app.number })).await;
    assert_eq!(child.text("expires"), "2026-01-01T13:00:00Z");
    let turned = scene.refresh(&app, &child.text("refresh_token")).await;
    let turned = Pair::of(&turned);
    assert!(scene.is_live(&turned.access).await);
    scene.seconds(3_600).await;
    assert!(!scene.is_live(&turned.access).await, "nothing lives longer than what made it");
    assert_ne!(scene.refresh(&app, &turned.refresh).await.status, 200);
}

#[tokio::test]
async fn a049_a_grant_dies_with_its_user_and_lives_on_without_a_place() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let (of_gus, of_alice) =
        (scene.pair(&app, "gus", "write").await, scene.pair(&app, "alice", "write").await);
    let gus = format!("/api/v2/users/{}/", scene.id("gus").await);
    assert_eq!(scene.basic("root").asks(Method::DELETE, &gus).await.status, 204);
    assert!(is_over(&scene, &app, &of_gus).await);
    let path = format!("/api/v2/organizations/{}/users/", scene.acme);
    let gone = json!({ "id": scene.id("alice").await, "disassociate": true });
    assert_eq!(scene.basic("bob").posts(&path, &gone).await.status, 204);
    let alice = scene.stranger().bearer(&of_alice.access);
    let seen = alice.gets("/api/v2/organizations/").await.json();
    assert_eq!(seen["count"], 0, "what a token may is what its holder may now");
}
