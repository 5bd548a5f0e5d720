//! What superusers decide while running.

use authority::account::NewUser;
use authority::account::store::UserChange;
use authority::error::{Error, Refusal, Shape};
use authority::journal::EntryFilter;
use authority::permission::Marks;
use authority::scope::Scopes;
use authority::settings::{LONGEST_LIFE, Settings, SettingsChange};
use authority::token::Wish;
use proptest::prelude::*;
use testing::{PASSWORD, World, shape_of};

/// What the policy of a new world says.
const CONFIGURED: Settings = Settings {
    access_seconds: 366 * 24 * 3600,
    code_seconds: 600,
    refresh_seconds: 2_628_000,
    external_users: false,
    basic: true,
};

fn lives(seconds: i64) -> SettingsChange {
    SettingsChange { access_seconds: Some(seconds), ..SettingsChange::default() }
}

#[tokio::test]
async fn settings_are_what_is_configured_until_somebody_changes_them() {
    let world = World::new().await;
    assert_eq!(world.authority.settings_now().await.unwrap(), CONFIGURED);
    let world = World::with(|policy| policy.grants.basic = false).await;
    assert!(!world.authority.settings_now().await.unwrap().basic);
}

#[tokio::test]
async fn superusers_change_settings_system_auditors_see_them_and_nobody_else() {
    let world = World::new().await;
    let marks = Marks { superuser: false, system_auditor: true };
    let (username, password) = ("audrey".to_owned(), Some(PASSWORD.to_owned()));
    let audrey = NewUser { username, password, marks, ..NewUser::default() };
    world.authority.create_user(&world.root().await, audrey).await.unwrap();
    let (works, _) = world.organization("Works", "olga").await;
    let bound = world.key("olga", works.id, Wish::default()).await;
    let bound = world.authority.authenticate(bound.secret.reveal(), &World::VISIT).await.unwrap();
    for (actor, sees, changes) in [
        (world.root().await, true, true),
        (world.by_token("root", Scopes::write()).await, true, true),
        (world.by_token("root", Scopes::read()).await, true, false),
        (world.by_token("root", Scopes::parse("shop.*").unwrap()).await, false, false),
        (world.actor("audrey").await, true, false),
        (world.actor("olga").await, false, false),
        (bound, false, false),
    ] {
        let before = world.authority.settings_now().await.unwrap();
        let seen = world.authority.settings(&actor).await;
        assert_eq!(seen.is_ok(), sees, "{actor:?}");
        let next = before.access_seconds + 1;
        let changed = world.authority.change_settings(&actor, lives(next)).await;
        let reset = if changes { None } else { Some(world.authority.reset_settings(&actor).await) };
        let now = world.authority.settings_now().await.unwrap();
        if changes {
            assert_eq!(now, Settings { access_seconds: next, ..before });
            assert_eq!(changed.unwrap(), now);
        } else {
            assert_ne!(shape_of(changed), None);
            assert_ne!(reset.and_then(shape_of), None);
            assert_eq!(now, before);
        }
    }
}

#[tokio::test]
async fn a_superuser_of_an_organizations_key_changes_nothing_beyond_it() {
    let world = World::new().await;
    let (works, _) = world.organization("Works", "olga").await;
    let key = world.key("root", works.id, Wish::default()).await;
    let actor = world.authority.authenticate(key.secret.reveal(), &World::VISIT).await.unwrap();
    assert_eq!(shape_of(world.authority.settings(&actor).await), Some(Shape::Forbidden));
    let changed = world.authority.change_settings(&actor, lives(1)).await;
    assert_eq!(shape_of(changed), Some(Shape::Forbidden));
}

#[tokio::test]
async fn a_life_is_one_second_to_a_thousand_years() {
    let world = World::new().await;
    let root = world.root().await;
    let each = |seconds: i64| {
        let none = SettingsChange::default;
        [
            SettingsChange { access_seconds: Some(seconds), ..none() },
            SettingsChange { code_seconds: Some(seconds), ..none() },
            SettingsChange { refresh_seconds: Some(seconds), ..none() },
        ]
    };
    for wrong in [0, -1, LONGEST_LIFE + 1, i64::MAX, i64::MIN] {
        for change in each(wrong) {
            // What comes with it is not changed either.
            let change = SettingsChange { basic: Some(false), ..change };
            let refused = world.authority.change_settings(&root, change).await;
            assert!(matches!(refused, Err(Error::Refused(Refusal::Invalid { .. }))), "{wrong}");
        }
    }
    assert_eq!(world.authority.settings_now().await.unwrap(), CONFIGURED);
    for right in [1, LONGEST_LIFE] {
        for change in each(right) {
            world.authority.change_settings(&root, change).await.unwrap();
        }
    }
    let now = world.authority.settings_now().await.unwrap();
    assert_eq!([now.access_seconds, now.code_seconds, now.refresh_seconds], [LONGEST_LIFE; 3]);
}

#[tokio::test]
async fn the_longest_life_is_no_time_too_far() {
    let world = World::with(|policy| policy.tokens.longest_life = None).await;
    let root = world.root().await;
    world.authority.change_settings(&root, lives(LONGEST_LIFE)).await.unwrap();
    let wish = authority::grant::PersonalWish {
        label: String::new(),
        scopes: Scopes::read(),
        application: None,
    };
    let granted = world.authority.issue_personal(&root, wish).await.unwrap();
    let life = granted.token.expires_at.unwrap().duration_since(world.authority.now());
    assert_eq!(life.as_secs(), LONGEST_LIFE);
}

#[tokio::test]
async fn what_is_set_outlives_a_restart_until_it_is_reset() {
    let world = World::new().await;
    let set = Settings {
        access_seconds: 11,
        code_seconds: 12,
        refresh_seconds: 13,
        external_users: true,
        basic: false,
    };
    let change = change_to(set);
    world.authority.change_settings(&world.root().await, change).await.unwrap();
    let world = world.restarted().await;
    assert_eq!(world.authority.settings_now().await.unwrap(), set);
    world.authority.reset_settings(&world.root().await).await.unwrap();
    assert_eq!(world.authority.settings_now().await.unwrap(), CONFIGURED);
    let world = world.restarted().await;
    assert_eq!(world.authority.settings_now().await.unwrap(), CONFIGURED);
}

const fn change_to(all: Settings) -> SettingsChange {
    SettingsChange {
        access_seconds: Some(all.access_seconds),
        code_seconds: Some(all.code_seconds),
        refresh_seconds: Some(all.refresh_seconds),
        external_users: Some(all.external_users),
        basic: Some(all.basic),
    }
}

#[tokio::test]
async fn each_change_is_in_the_journal_and_no_change_is_not() {
    let world = World::new().await;
    let root = world.root().await;
    let action = Some("installation.settings".to_owned());
    let told = async || {
        let filter = EntryFilter { action: action.clone(), ..EntryFilter::default() };
        world.authority.journal(&root, None, filter, (None, 10)).await.unwrap()
    };
    world.authority.change_settings(&root, SettingsChange::default()).await.unwrap();
    assert_eq!(told().await.len(), 0);
    world.authority.change_settings(&root, lives(60)).await.unwrap();
    let entries = told().await;
    let [entry] = entries.as_slice() else { unreachable!("one entry") };
    let said = entry.draft.detail.get("grants.access_seconds").map(String::as_str);
    assert_eq!(said, Some("60"));
    assert_eq!(entry.draft.detail.len(), 1);
    world.authority.change_settings(&root, lives(0)).await.unwrap_err();
    assert_eq!(told().await.len(), 1);
}

#[tokio::test]
async fn nobody_makes_tokens_for_an_account_that_somebody_else_keeps_until_settings_say_so() {
    let world = World::new().await;
    let (root, ann) = (world.root().await, world.user("ann").await.id);
    let provider = Some(Some("radius".to_owned()));
    let change = UserChange { provider, ..UserChange::default() };
    world.authority.update_user(&root, ann, change).await.unwrap();
    let actor = world.actor("ann").await;
    let refused = world.authority.issue(&actor, Wish::default()).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::ExternalAccount))));
    let allowed = SettingsChange { external_users: Some(true), ..SettingsChange::default() };
    world.authority.change_settings(&root, allowed).await.unwrap();
    assert!(world.authority.issue(&actor, Wish::default()).await.is_ok());
}

fn any_change() -> impl Strategy<Value = SettingsChange> {
    let life = || prop::option::of(1..=LONGEST_LIFE);
    let flag = || prop::option::of(any::<bool>());
    (life(), life(), life(), flag(), flag()).prop_map(
        |(access_seconds, code_seconds, refresh_seconds, external_users, basic)| SettingsChange {
            access_seconds,
            code_seconds,
            refresh_seconds,
            external_users,
            basic,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 16, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn what_a_change_does_not_name_stays_as_it_is(
        changes in prop::collection::vec(any_change(), 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(async {
            let world = World::new().await;
            let root = world.root().await;
            let mut expected = CONFIGURED;
            for change in changes {
                expected = Settings {
                    access_seconds: change.access_seconds.unwrap_or(expected.access_seconds),
                    code_seconds: change.code_seconds.unwrap_or(expected.code_seconds),
                    refresh_seconds: change.refresh_seconds.unwrap_or(expected.refresh_seconds),
                    external_users: change.external_users.unwrap_or(expected.external_users),
                    basic: change.basic.unwrap_or(expected.basic),
                };
                let now = world.authority.change_settings(&root, change).await.unwrap();
                assert_eq!(now, expected);
            }
        });
    }
}
