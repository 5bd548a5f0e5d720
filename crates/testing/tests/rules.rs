//! Which rules hold: those of a file, those of the database, and who changes them.

use authority::Authority;
use authority::error::{Error, Refusal, Shape};
use authority::journal::EntryFilter;
use authority::rules::{Original, RuleSet, Ruling, Source};
use authority::scope::Scopes;
use authority::token::Wish;
use testing::{World, shape_of};

/// A set of which `/health` is public, and the path that is named.
fn text(path: &str) -> String {
    format!(
        "described_by = [\"path\"]\n[[rule]]\npaths = [\"/health\", \"{path}\"]\npublic = true\n"
    )
}

/// Whether a path passes without a token, where there are rules.
fn is_public(authority: &Authority, target: &str) -> Option<bool> {
    let original = Original { method: "GET", host: "api.example.com", target };
    let rules = authority.rules()?;
    Some(matches!(rules.decide(&original), Ruling::Public { .. }))
}

#[tokio::test]
async fn there_are_no_rules_until_somebody_makes_some() {
    let world = World::new().await;
    world.authority.load_rules().await.unwrap();
    assert!(world.authority.rules().is_none());
    assert!(!world.authority.rules_are_stale());
}

#[tokio::test]
async fn rules_of_the_database_hold_at_once_and_after_a_restart_until_they_are_dropped() {
    let world = World::new().await;
    let root = world.root().await;
    world.authority.change_rules(&root, &text("/a")).await.unwrap();
    assert_eq!(is_public(&world.authority, "/a"), Some(true));
    world.authority.change_rules(&root, &text("/b")).await.unwrap();
    assert_eq!(is_public(&world.authority, "/a"), Some(false));

    let world = world.restarted().await;
    world.authority.load_rules().await.unwrap();
    assert_eq!(is_public(&world.authority, "/b"), Some(true));
    let held = world.authority.rules().unwrap();
    assert_eq!((held.source, held.text()), (Source::Database, &*text("/b")));

    world.authority.drop_rules(&world.root().await).await.unwrap();
    assert!(world.authority.rules().is_none());
    let world = world.restarted().await;
    world.authority.load_rules().await.unwrap();
    assert!(world.authority.rules().is_none());
}

#[tokio::test]
async fn superusers_change_rules_and_nobody_else() {
    let world = World::new().await;
    let (works, _) = world.organization("Works", "olga").await;
    let bound = world.key("root", works.id, Wish::default()).await;
    let bound = world.authority.authenticate(bound.secret.reveal(), &World::VISIT).await.unwrap();
    for (actor, sees, changes) in [
        (world.root().await, true, true),
        (world.by_token("root", Scopes::read()).await, true, false),
        (world.by_token("root", Scopes::parse("shop.*").unwrap()).await, false, false),
        (world.actor("olga").await, false, false),
        (bound, false, false),
    ] {
        assert_eq!(world.authority.show_rules(&actor).await.is_ok(), sees, "{actor:?}");
        world.authority.change_rules(&world.root().await, &text("/before")).await.unwrap();
        let changed = world.authority.change_rules(&actor, &text("/after")).await;
        assert_eq!(shape_of(changed), (!changes).then_some(Shape::Forbidden));
        assert_eq!(is_public(&world.authority, "/after"), Some(changes));
        let dropped = world.authority.drop_rules(&actor).await;
        assert_eq!(shape_of(dropped), (!changes).then_some(Shape::Forbidden));
        assert_eq!(world.authority.rules().is_none(), changes);
    }
}

#[tokio::test]
async fn rules_with_a_fault_change_nothing_and_all_faults_are_told() {
    let world = World::new().await;
    let root = world.root().await;
    world.authority.change_rules(&root, &text("/a")).await.unwrap();
    let refused = world.authority.change_rules(&root, "[[rule]]\npaths = [\"//\"]").await;
    let Err(Error::Refused(Refusal::Invalid { field: "rules", rule })) = refused else {
        unreachable!("{refused:?}")
    };
    assert!(rule.contains("described_by") && rule.contains("rule 1, paths"), "{rule}");
    assert_eq!(is_public(&world.authority, "/a"), Some(true));
    world.authority.load_rules().await.unwrap();
    assert!(!world.authority.rules_are_stale(), "nothing was kept");
}

#[tokio::test]
async fn a_file_goes_before_the_database_and_is_changed_only_as_a_file() {
    let world = World::new().await;
    let root = world.root().await;
    world.authority.change_rules(&root, &text("/database")).await.unwrap();
    world.authority.set_rules(RuleSet::parse(&text("/file")).unwrap());
    assert_eq!(is_public(&world.authority, "/file"), Some(true));
    let refused = world.authority.change_rules(&root, &text("/other")).await;
    assert_eq!(shape_of(refused), Some(Shape::Conflict));

    world.authority.load_rules().await.unwrap();
    world.authority.follow().await.unwrap();
    assert_eq!(is_public(&world.authority, "/file"), Some(true));
    world.authority.drop_rules(&root).await.unwrap();
    assert_eq!(is_public(&world.authority, "/file"), Some(true));

    world.authority.set_rules(RuleSet::parse(&text("/newer")).unwrap());
    assert_eq!(is_public(&world.authority, "/newer"), Some(true));
    assert_eq!(is_public(&world.authority, "/file"), Some(false));
}

#[tokio::test]
async fn what_the_database_has_and_nobody_can_read_leaves_what_holds_and_is_told_to_be_stale() {
    let world = World::new().await;
    world.authority.change_rules(&world.root().await, &text("/a")).await.unwrap();
    let database = rusqlite::Connection::open(world.file()).unwrap();
    let written = database.execute("UPDATE settings SET value = 'from = \"the future\"'", []);
    assert_eq!(written, Ok(1));
    assert_eq!(shape_of(world.authority.load_rules().await), Some(Shape::Invalid));
    assert_eq!(is_public(&world.authority, "/a"), Some(true));
    assert!(world.authority.rules_are_stale());

    let back = database.execute("UPDATE settings SET value = ?1", [text("/a")]);
    assert_eq!(back, Ok(1));
    world.authority.load_rules().await.unwrap();
    assert!(!world.authority.rules_are_stale(), "what holds is what is written");

    world.authority.doubt_rules();
    world.authority.change_rules(&world.root().await, &text("/b")).await.unwrap();
    assert_eq!(is_public(&world.authority, "/b"), Some(true));
    assert!(!world.authority.rules_are_stale());
}

#[tokio::test]
async fn rules_in_doubt_hold_until_there_are_better_ones() {
    let world = World::new().await;
    world.authority.set_rules(RuleSet::parse(&text("/a")).unwrap());
    world.authority.doubt_rules();
    assert!(world.authority.rules_are_stale());
    assert_eq!(is_public(&world.authority, "/a"), Some(true));
    world.authority.set_rules(RuleSet::parse(&text("/b")).unwrap());
    assert!(!world.authority.rules_are_stale());
}

#[tokio::test]
async fn a_database_that_is_gone_takes_no_rules_away_and_gives_none() {
    let world = World::new().await;
    let root = world.root().await;
    world.authority.change_rules(&root, &text("/a")).await.unwrap();
    world.break_storage();
    let changed = world.authority.change_rules(&root, &text("/b")).await;
    assert!(matches!(changed, Err(Error::Unavailable(_))));
    assert!(matches!(world.authority.load_rules().await, Err(Error::Unavailable(_))));
    assert_eq!(is_public(&world.authority, "/a"), Some(true));
}

#[tokio::test]
async fn a_change_of_rules_is_in_the_journal_with_the_digest_of_the_text() {
    let world = World::new().await;
    let root = world.root().await;
    world.authority.change_rules(&root, &text("/a")).await.unwrap();
    let sha256 = world.authority.rules().unwrap().sha256.clone();
    world.authority.drop_rules(&root).await.unwrap();
    let action = Some("installation.rules".to_owned());
    let filter = EntryFilter { action, ..EntryFilter::default() };
    let entries = world.authority.journal(&root, None, filter, (None, 10)).await.unwrap();
    let told: Vec<_> = entries.iter().map(|entry| entry.draft.detail["sha256"].clone()).collect();
    assert_eq!(told, ["none".to_owned(), sha256.clone()]);
    assert_eq!(sha256.len(), 64);
}
