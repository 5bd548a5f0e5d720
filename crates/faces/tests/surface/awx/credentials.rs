//! Who may come: people, by credentials that are good now and bound to no organization.

use std::time::Duration;

use authority::permission::Role;
use authority::token::store::TokenChange;
use authority::token::{Holder, Wish};
use axum::http::Method;
use jiff::SignedDuration;
use serde_json::json;
use testing::{Caller, PASSWORD, World};

use super::{Browser, changing, guarded, reading};
use crate::ground::{Ground, Tenant, walk};
use crate::rows::{Of, Thing};
use crate::walks::{fits, journal};

async fn scene() -> (Ground, Tenant) {
    let ground = Ground::new().await;
    let tenant = ground.tenant("root", ["mia", "gil"]).await;
    (ground, tenant)
}

/// Walks every row, and sees 401 and no change.
async fn assert_shut(ground: &Ground, tenant: &Tenant, callers: &[(&str, Caller)]) {
    let before = journal(ground).await;
    for (name, caller) in callers {
        for row in guarded() {
            let answer = walk(caller, row, |_, thing| tenant.id(thing).to_owned()).await;
            assert_eq!(answer.status, 401, "{name}: {}: {}", row.name(), answer.body);
        }
    }
    assert_eq!(journal(ground).await, before, "nothing was changed");
}

#[tokio::test]
async fn a005_secrets_that_are_no_persons_or_are_bound_are_401_everywhere() {
    let (ground, tenant) = scene().await;
    let (world, authority) = (&ground.world, &ground.world.authority);
    let root = world.root().await;
    let of = |holder| Wish { holder: Some(holder), ..Wish::default() };
    let id = |thing| tenant.id(thing).parse::<uuid::Uuid>().unwrap();
    let app = of(Holder::Application(id(Thing::Application).into()));
    let machine = of(Holder::ServiceAccount(id(Thing::ServiceAccount).into()));
    let login = || authority::account::Login { login: "root", password: PASSWORD, code: None };
    let door = World::door();
    let session = authority.log_in(login(), Some(tenant.organization), true, &door).await.unwrap();
    world.user("olga").await;
    let login = authority::account::Login { login: "olga", password: PASSWORD, code: None };
    let placeless = authority.log_in(login, None, false, &door).await.unwrap();
    let secret = Wish { client_secret: true, ..app.clone() };
    let client: i64 = tenant.id(Thing::Number(Of::Client)).parse().unwrap();
    let owner = ground.stranger.clone().basic("root", PASSWORD);
    let granted = owner.posts("/api/v2/tokens/", &json!({ "application": client })).await.json();
    let browser = Browser::of(&ground, "root").await;
    let by = |secret: &str| ground.stranger.clone().bearer(secret);
    let key = world.key("root", tenant.organization, Wish::default()).await;
    let issued = |wish| authority.issue(&root, wish);
    assert_eq!(by(granted["token"].as_str().unwrap()).gets("/api/v2/me/").await.status, 200);
    let callers = [
        ("an API key", by(key.secret.reveal())),
        ("an application's", by(issued(app).await.unwrap().secret.reveal())),
        ("a service account's", by(issued(machine).await.unwrap().secret.reveal())),
        ("a client's secret", by(issued(secret).await.unwrap().secret.reveal())),
        ("a session's", by(session.access.reveal())),
        ("a session's without a place", by(placeless.access.reveal())),
        ("what refreshes a session", by(session.refresh.reveal())),
        ("what refreshes a grant", by(granted["refresh_token"].as_str().unwrap())),
        ("a cookie", by(&browser.session)),
        ("a seal", by(&browser.seal)),
    ];
    assert_shut(&ground, &tenant, &callers).await;
}

#[tokio::test]
async fn what_is_dead_is_401_everywhere() {
    let (ground, tenant) = scene().await;
    let (world, authority) = (&ground.world, &ground.world.authority);
    let root = world.root().await;
    let by = |secret: &str| ground.stranger.clone().bearer(secret);
    let [revoked, rotated, off] = [(); 3].map(|()| world.personal("root", Wish::default()));
    let (revoked, rotated, off) = (revoked.await, rotated.await, off.await);
    authority.revoke(&root, revoked.token.id).await.unwrap();
    authority.rotate(&root, rotated.token.id, SignedDuration::ZERO).await.unwrap();
    let change = TokenChange { disabled: Some(true), ..TokenChange::default() };
    authority.update_token(&root, off.token.id, change).await.unwrap();
    let spent = world.personal("root", Wish { uses: Some(1), ..Wish::default() }).await;
    assert_eq!(by(spent.secret.reveal()).gets("/api/v2/me/").await.status, 200);
    let end = authority.now() + SignedDuration::from_secs(60);
    let expired = world.personal("root", Wish { expires_at: Some(end), ..Wish::default() }).await;
    world.pass(Duration::from_secs(59)).await;
    assert_eq!(by(expired.secret.reveal()).gets("/api/v2/me/").await.status, 200);
    world.pass(Duration::from_secs(1)).await;
    let out = Browser::of(&ground, "root").await;
    let out = out.sealed(&ground, &out.seal);
    assert_eq!(out.gets("/api/logout/").await.status, 302);
    let idle = Browser::of(&ground, "root").await;
    let idle = idle.sealed(&ground, &idle.seal);
    world.pass(Duration::from_secs(1_800)).await;
    let callers = [
        ("revoked", by(revoked.secret.reveal())),
        ("rotated away", by(rotated.secret.reveal())),
        ("switched off", by(off.secret.reveal())),
        ("spent", by(spent.secret.reveal())),
        ("expired", by(expired.secret.reveal())),
        ("logged out", out),
        ("idle", idle),
    ];
    assert_shut(&ground, &tenant, &callers).await;
}

#[tokio::test]
async fn nothing_of_a_user_who_is_off_or_gone_opens_anything() {
    let (ground, tenant) = scene().await;
    let (world, authority) = (&ground.world, &ground.world.authority);
    let root = world.root().await;
    for name in ["olaf", "gustav"] {
        let user = world.member(name, tenant.organization, Role::Owner).await.id;
        let token = world.personal(name, Wish::default()).await;
        let browser = Browser::of(&ground, name).await;
        let callers = [
            ("token", ground.stranger.clone().bearer(token.secret.reveal())),
            ("cookie", browser.sealed(&ground, &browser.seal)),
        ];
        let password = ground.stranger.clone().basic(name, PASSWORD);
        for caller in callers.iter().map(|(_, caller)| caller).chain([&password]) {
            assert_eq!(caller.gets("/api/v2/me/").await.status, 200);
        }
        if name == "olaf" {
            authority.set_user_disabled(&root, user, true).await.unwrap();
        } else {
            authority.delete_user(&root, user).await.unwrap();
        }
        assert_shut(&ground, &tenant, &callers).await;
        assert_eq!(password.gets("/api/v2/me/").await.status, 401);
    }
}

#[tokio::test]
async fn a_password_opens_every_row_that_a_token_opens() {
    let (ground, tenant) = scene().await;
    let root = ground.stranger.clone().basic("root", PASSWORD);
    for row in reading() {
        let answer = walk(&root, row, |_, thing| tenant.id(thing).to_owned()).await;
        assert!(fits(row, &answer), "{}: {} {}", row.name(), answer.status, answer.body);
    }
    let made = root.posts("/api/v2/tokens/", &json!({})).await;
    assert_eq!(made.status, 201);
    let off = json!({ "AUTH_BASIC_ENABLED": false });
    let path = "/api/v2/settings/authentication/";
    assert_eq!(root.tells(Method::PATCH, path, &off).await.status, 200);
    assert_shut(&ground, &tenant, &[("a password, where none is taken", root)]).await;
}

#[tokio::test]
async fn a_token_for_something_else_reads_nothing_and_changes_nothing() {
    let (ground, tenant) = scene().await;
    for scopes in ["shop.*", "shop.order.list", "authority.token.list", "authority.member.update"] {
        let narrow = ground.personal("root", scopes).await;
        let before = journal(&ground).await;
        for row in guarded() {
            let answer = walk(&narrow, row, |_, thing| tenant.id(thing).to_owned()).await;
            assert_eq!(answer.status, 403, "{scopes}: {}: {}", row.name(), answer.body);
        }
        assert_eq!(journal(&ground).await, before, "{scopes}: nothing was changed");
    }
}

/// What a token may be for, and some of which each change here needs.
const AREAS: [&str; 9] = [
    "self.update",
    "installation.*",
    "organization.*",
    "member.*",
    "group.*",
    "application.*",
    "client.*",
    "token.*",
    "grant.*",
];

#[tokio::test]
async fn what_is_refused_changes_nothing_whatever_else_the_scopes_hold() {
    for left_out in ["self.get"].into_iter().chain(AREAS) {
        let areas = ["self.get"].into_iter().chain(AREAS).filter(|area| *area != left_out);
        let scopes: Vec<String> = areas.map(|area| format!("authority.{area}")).collect();
        let (mut ground, mut tenant) = scene().await;
        let mut caller = ground.personal("root", &scopes.join(" ")).await;
        for row in changing() {
            let before = journal(&ground).await;
            let answer = walk(&caller, row, |_, thing| tenant.id(thing).to_owned()).await;
            if answer.status.is_success() {
                (ground, tenant) = scene().await;
                caller = ground.personal("root", &scopes.join(" ")).await;
                continue;
            }
            let changed = journal(&ground).await != before;
            assert!(!changed, "{}: {} without {left_out}", row.name(), answer.status);
        }
    }
}

/// Lists in which a user can be made.
async fn makes_nora(caller: &Caller, tenant: &Tenant) -> Vec<(String, u16)> {
    let organization = tenant.id(Thing::Number(Of::Organization));
    let team = tenant.id(Thing::Number(Of::Team));
    let mut said = Vec::new();
    for list in [
        format!("/api/v2/organizations/{organization}/users/"),
        format!("/api/v2/organizations/{organization}/admins/"),
        format!("/api/v2/teams/{team}/users/"),
    ] {
        let nora = json!({ "username": "nora", "password": PASSWORD, "is_superuser": true });
        let answer = caller.posts(&list, &nora).await;
        said.push((list, answer.status.as_u16()));
    }
    said
}

#[tokio::test]
async fn a_superusers_token_for_the_own_account_changes_nothing_but_what_is_its_holders() {
    let (ground, tenant) = scene().await;
    let before = journal(&ground).await;
    let own = ground.personal("root", "authority.self.*").await;
    let issued = journal(&ground).await - before;
    let theirs = changing().filter(|row| !row.name().contains(" /api/v2/tokens/{id}/"));
    for row in theirs {
        let answer = walk(&own, row, |_, thing| tenant.id(thing).to_owned()).await;
        // What a scope does not let see is missing.
        let refused = [400, 403, 404].contains(&answer.status.as_u16());
        assert!(refused, "{}: {} {}", row.name(), answer.status, answer.body);
    }
    let mia = format!("/api/v2/users/{}/", tenant.id(Thing::Number(Of::User)));
    let another = json!({ "password": "blue heron under a bridge" });
    // The token doesn't let its bearer see other users.
    assert_eq!(own.tells(Method::PATCH, &mia, &another).await.status, 404);
    for (list, status) in makes_nora(&own, &tenant).await {
        assert!([403, 404].contains(&status), "{list}: {status}");
    }
    assert_eq!(journal(&ground).await, before + issued, "nothing was changed");
}

#[tokio::test]
async fn a_user_who_would_get_no_place_in_a_list_does_not_come_to_be() {
    for left_out in ["installation.*", "member.*", "group.*"] {
        let (ground, tenant) = scene().await;
        let areas = ["self.*"].into_iter().chain(AREAS).filter(|area| *area != left_out);
        let scopes: Vec<String> = areas.map(|area| format!("authority.{area}")).collect();
        let caller = ground.personal("root", &scopes.join(" ")).await;
        let before = journal(&ground).await;
        let said = makes_nora(&caller, &tenant).await;
        let (made, refused): (Vec<_>, Vec<_>) = said.iter().partition(|(_, said)| *said == 201);
        assert!(!refused.is_empty(), "{left_out}: {said:?}");
        let changed = journal(&ground).await != before;
        assert_eq!(changed, !made.is_empty(), "{left_out}: {said:?}");
    }
}

#[tokio::test]
async fn a021_a_token_made_by_a_reading_one_does_not_come_to_be() {
    let (ground, tenant) = scene().await;
    let read = ground.of_awx("read").await;
    let me = tenant.id(Thing::Number(Of::User));
    for scope in ["read", "write", "read write"] {
        let wish = json!({ "scope": scope });
        for path in ["/api/v2/tokens/".to_owned(), format!("/api/v2/users/{me}/personal_tokens/")] {
            assert_eq!(read.posts(&path, &wish).await.status, 403, "{path} {scope}");
        }
    }
    let narrow = ground.personal("root", "authority.self.*").await;
    for scope in ["read", "write", "read write"] {
        let answer = narrow.posts("/api/v2/tokens/", &json!({ "scope": scope })).await;
        assert_eq!(answer.status, 403, "{scope}: {}", answer.body);
    }
}
