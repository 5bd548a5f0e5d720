//! Who uses what: gathered in memory, written down in batches, and correct to within one flush.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::time::Duration;

use authority::token::{
    Asked, Exchange, Issued, LastUse, Narrowing, Surface, Usage, Verdict, Visit, Wish,
};
use testing::World;

/// More tokens than are written down in one go.
const SOME: usize = 200;
/// More tokens than are written down at every flush.
const MANY: usize = 2_049;

fn from<'a>(source: &str, agent: &'a str) -> Asked<'a> {
    let source = Some(source.parse().unwrap());
    Asked::of(Visit { surface: Surface::Check, source, agent: Some(agent) })
}

async fn uses(world: &World, issued: &Issued, asked: &Asked<'_>) {
    let verdict = world.authority.verify(issued.secret.reveal(), asked).await.unwrap();
    assert!(matches!(verdict, Verdict::Good(_)), "{verdict:?}");
}

async fn usage(world: &World, issued: &Issued) -> Usage {
    let root = world.root().await;
    world.authority.usage(&root, issued.token.id, 90).await.unwrap()
}

/// Good and refused requests of each day, the latest first.
async fn counts(world: &World, issued: &Issued) -> Vec<(u64, u64)> {
    let usage = usage(world, issued).await;
    usage.days.iter().map(|day| (day.good, day.refused)).collect()
}

#[tokio::test]
async fn the_last_use_says_when_from_where_by_what_and_through_what() {
    let world = World::new().await;
    let issued = world.personal("root", Wish::default()).await;
    assert_eq!(usage(&world, &issued).await, Usage::default());

    uses(&world, &issued, &from("2001:db8:1:2::3", "earlier")).await;
    world.authority.flush_uses().await.unwrap();
    world.pass(Duration::from_secs(2)).await;
    uses(&world, &issued, &from("::ffff:192.0.2.77", &"é\u{1b}x".repeat(60))).await;
    world.authority.flush_uses().await.unwrap();

    let expected = LastUse {
        at: world.authority.now(),
        network: Some("192.0.2.0/24".parse().unwrap()),
        agent: Some("??x".repeat(40).into()),
        surface: Surface::Check,
    };
    assert_eq!(usage(&world, &issued).await.last, Some(expected));
}

#[tokio::test]
async fn the_last_use_is_one_request_and_not_put_together_from_several() {
    let world = World::new().await;
    let networks = authority::token::Networks::parse("192.0.2.0/24 198.51.100.0/24").unwrap();
    let limits = authority::token::Limits { networks, ..Default::default() };
    let issued = world.personal("root", Wish { limits, ..Wish::default() }).await;
    world.pass(Duration::ZERO).await;
    let at = world.authority.now();
    uses(&world, &issued, &from("192.0.2.1", "office")).await;
    world.pass(Duration::from_secs(1)).await;
    uses(&world, &issued, &from("198.51.100.1", "elsewhere")).await;
    world.pass(Duration::from_secs(1)).await;
    let thief = from("203.0.113.1", "thief");
    let refused = world.authority.verify(issued.secret.reveal(), &thief).await.unwrap();
    assert!(matches!(refused, Verdict::Bad(..)));
    world.authority.flush_uses().await.unwrap();
    let last = usage(&world, &issued).await.last.unwrap();
    assert_eq!((last.at, last.agent.as_deref()), (at, Some("office")));
    assert_eq!(counts(&world, &issued).await, [(2, 1)]);
}

#[tokio::test]
async fn introspections_and_exchanges_that_are_told_no_are_counted_as_refused() {
    let world = World::new().await;
    let networks = authority::token::Networks::parse("192.0.2.0/24").unwrap();
    let limits = authority::token::Limits { networks, ..Default::default() };
    let issued = world.personal("root", Wish { limits, ..Wish::default() }).await;
    let (root, secret) = (world.root().await, issued.secret.reveal());
    for (source, good) in [("192.0.2.1", true), ("203.0.113.1", false)] {
        let asked = from(source, "x");
        let told = world.authority.introspect(&root, secret, &asked).await.unwrap();
        assert_eq!(told.is_some(), good);
        let exchange = Exchange {
            subject: secret,
            client: None,
            actor: None,
            narrowing: &Narrowing::default(),
            visit: asked.visit,
        };
        assert_eq!(world.authority.exchange(exchange).await.is_ok(), good);
    }
    world.organization("Bolt", "bob").await;
    let bob = world.actor("bob").await;
    let told = world.authority.introspect(&bob, secret, &from("203.0.113.1", "x")).await.unwrap();
    assert!(told.is_none(), "and he is none to be told of it");
    world.authority.flush_uses().await.unwrap();
    assert_eq!(counts(&world, &issued).await, [(2, 2)]);
}

#[tokio::test]
async fn every_request_is_counted_once_on_its_day_good_or_refused() {
    let world = World::new().await;
    let issued = world.personal("root", Wish::default()).await;
    for _ in 0..3 {
        uses(&world, &issued, &World::ANY).await;
    }
    let demand = authority::demand::Demand::parse("shop.order.create").unwrap();
    let scopes = authority::scope::Scopes::parse("read").unwrap();
    let narrow = world.personal("root", Wish { scopes: Some(scopes), ..Wish::default() }).await;
    let asked = World::ANY.demanding(Some(&demand));
    let refused = world.authority.verify(narrow.secret.reveal(), &asked).await.unwrap();
    assert!(matches!(refused, Verdict::Bad(..)));
    world.authority.flush_uses().await.unwrap();
    world.authority.flush_uses().await.unwrap();
    assert_eq!(counts(&world, &issued).await, [(3, 0)]);
    assert_eq!(counts(&world, &narrow).await, [(0, 1)]);
    assert_eq!(usage(&world, &narrow).await.last, None);

    world.pass(Duration::from_secs(12 * 3_600)).await;
    uses(&world, &issued, &World::ANY).await;
    world.authority.flush_uses().await.unwrap();
    assert_eq!(counts(&world, &issued).await, [(1, 0), (3, 0)]);
    let root = world.root().await;
    let today = world.authority.usage(&root, issued.token.id, 1).await.unwrap();
    assert_eq!(today.days.len(), 1);
}

#[tokio::test]
async fn of_two_who_race_for_the_last_use_one_is_counted_as_refused() {
    let world = World::new().await;
    let issued = world.personal("root", Wish { uses: Some(1), ..Wish::default() }).await;
    let check = || world.authority.verify(issued.secret.reveal(), &World::ANY);
    let (one, other) = tokio::join!(check(), check());
    let good = |verdict: Verdict| matches!(verdict, Verdict::Good(_));
    assert!(good(one.unwrap()) != good(other.unwrap()));
    world.authority.flush_uses().await.unwrap();
    assert_eq!(counts(&world, &issued).await, [(1, 1)]);
}

#[tokio::test]
async fn a_forgotten_token_loses_no_uses_and_neither_does_a_restart_after_a_flush() {
    let world = World::new().await;
    let issued = world.personal("root", Wish::default()).await;
    let root = world.root().await;
    for label in ["one", "two", "three"] {
        uses(&world, &issued, &World::ANY).await;
        let label = Some(label.to_owned());
        let change = authority::token::store::TokenChange { label, ..Default::default() };
        world.authority.update_token(&root, issued.token.id, change).await.unwrap();
    }
    world.authority.flush_all_uses().await.unwrap();
    let world = world.restarted().await;
    uses(&world, &issued, &World::ANY).await;
    world.authority.flush_uses().await.unwrap();
    assert_eq!(counts(&world, &issued).await, [(4, 0)]);
}

#[tokio::test]
async fn what_can_not_be_written_down_waits() {
    let world = World::new().await;
    let issued = world.personal("root", Wish::default()).await;
    uses(&world, &issued, &from("192.0.2.1", "x")).await;
    world.break_storage();
    for _ in 0..3 {
        uses(&world, &issued, &World::ANY).await;
        assert!(world.authority.flush_uses().await.is_err());
    }
    world.mend_storage();
    world.pass(Duration::from_millis(1)).await;
    uses(&world, &issued, &World::ANY).await;
    world.authority.flush_uses().await.unwrap();
    assert_eq!(counts(&world, &issued).await, [(5, 0)]);
}

#[tokio::test]
async fn what_was_written_down_before_a_failure_is_not_written_down_again() {
    let world = World::with(|policy| policy.tokens.most_per_holder = None).await;
    let root = world.root().await;
    let mut tokens = Vec::new();
    for _ in 0..SOME {
        tokens.push(world.authority.issue(&root, Wish::default()).await.unwrap());
    }
    for issued in &tokens {
        uses(&world, issued, &World::ANY).await;
    }
    let database = rusqlite::Connection::open(world.file()).unwrap();
    database.busy_timeout(Duration::from_secs(5)).unwrap();
    // They are written down in the order of their ids.
    let last = tokens.iter().max_by_key(|issued| issued.token.id.uuid()).unwrap();
    let refuse = format!(
        "CREATE TRIGGER full BEFORE INSERT ON token_days
         WHEN NEW.token_id = (SELECT id FROM tokens WHERE number = {})
         BEGIN SELECT RAISE(ABORT, 'full'); END",
        last.token.number
    );
    database.execute_batch(&refuse).unwrap();
    assert!(world.authority.flush_uses().await.is_err());
    database.execute_batch("DROP TRIGGER full").unwrap();
    world.authority.flush_uses().await.unwrap();
    for issued in &tokens {
        assert_eq!(counts(&world, issued).await, [(1, 0)]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn uses_beside_a_flush_are_all_counted() {
    let world = World::new().await;
    let issued = world.personal("root", Wish::default()).await;
    let users: Vec<_> = (0..4)
        .map(|_| {
            let (authority, secret) = (world.authority.clone(), issued.secret.clone());
            tokio::spawn(async move {
                for _ in 0..5_000 {
                    authority.verify(secret.reveal(), &World::ANY).await.unwrap();
                    if authority.verify_warm("tkpt_x", &World::ANY).is_none() {
                        tokio::task::yield_now().await;
                    }
                }
            })
        })
        .collect();
    while users.iter().any(|user| !user.is_finished()) {
        world.authority.flush_uses().await.unwrap();
        tokio::task::yield_now().await;
    }
    world.authority.flush_uses().await.unwrap();
    assert_eq!(counts(&world, &issued).await, [(20_000, 0)]);
}

#[tokio::test]
async fn where_many_tokens_are_busy_each_is_written_down_once_a_minute() {
    let world = World::with(|policy| policy.tokens.most_per_holder = None).await;
    let root = world.root().await;
    let mut tokens = Vec::new();
    for _ in 0..MANY {
        tokens.push(world.authority.issue(&root, Wish::default()).await.unwrap());
    }
    world.pass(Duration::ZERO).await;
    let all = async || {
        for issued in &tokens {
            uses(&world, issued, &World::ANY).await;
        }
    };
    let [first, ..] = tokens.as_slice() else { panic!("no token") };
    all().await;
    world.authority.flush_uses().await.unwrap();
    assert_eq!(counts(&world, first).await, [(1, 0)], "the first use is written down at once");

    world.pass(Duration::from_secs(59)).await;
    all().await;
    world.authority.flush_uses().await.unwrap();
    assert_eq!(counts(&world, first).await, [(1, 0)]);
    world.pass(Duration::from_secs(1)).await;
    world.authority.flush_uses().await.unwrap();
    assert_eq!(counts(&world, first).await, [(2, 0)], "what waited is written down unasked");

    world.pass(Duration::from_secs(1)).await;
    all().await;
    world.authority.flush_all_uses().await.unwrap();
    assert_eq!(counts(&world, first).await, [(3, 0)], "a node that stops leaves nothing");
}

#[tokio::test]
async fn uses_of_a_token_that_is_not_remembered_never_wait_however_many_come() {
    let world = World::new().await;
    let once = world.personal("root", Wish { uses: Some(1), ..Wish::default() }).await;
    uses(&world, &once, &World::ANY).await;
    world.authority.flush_uses().await.unwrap();
    for _ in 0..MANY {
        let verdict = world.authority.verify(once.secret.reveal(), &World::ANY).await.unwrap();
        assert!(matches!(verdict, Verdict::Bad(..)), "{verdict:?}");
    }
    world.authority.flush_uses().await.unwrap();
    assert_eq!(counts(&world, &once).await, [(1, MANY as u64)]);
}

#[tokio::test]
async fn what_memory_has_replaced_does_not_wait_however_many_there_are() {
    let world = World::new().await;
    let issued = world.personal("root", Wish::default()).await;
    uses(&world, &issued, &World::ANY).await;
    world.authority.flush_uses().await.unwrap();
    // Beyond the lease, each check reads the token anew.
    world.clock.advance(Duration::from_secs(1));
    for _ in 0..=MANY {
        uses(&world, &issued, &World::ANY).await;
    }
    world.authority.flush_uses().await.unwrap();
    let written = counts(&world, &issued).await;
    assert_eq!(written, [(1 + MANY as u64, 0)], "all but those of what memory has now");
}
