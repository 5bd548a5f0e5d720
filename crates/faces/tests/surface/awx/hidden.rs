//! What somebody may not see is answered as what is not there: A039, A046 of the attack book.

use authority::permission::Role;
use authority::token::{Holder, Wish};
use axum::http::Method;
use serde_json::{Value, json};
use testing::{Answer, Caller, PASSWORD};

use super::{asks, guarded, reading};
use crate::ground::{Ground, Tenant, nobodys, walk};
use crate::rows::{Kind, Of, Row, Thing};
use crate::walks::{assert_same, fits, journal, masked};

/// Two tenants, and who looks from the first: its owner, a member, an auditor, and somebody who
/// belongs nowhere.
async fn street() -> (Ground, [Tenant; 2], Vec<(&'static str, Caller)>) {
    let ground = Ground::new().await;
    ground.world.user("alice").await;
    ground.world.user("bob").await;
    let acme = ground.tenant("alice", ["mia", "gil"]).await;
    let bolt = ground.tenant("bob", ["nils", "olga"]).await;
    ground.move_in(&bolt).await;
    ground.world.member("audrey", acme.organization, Role::Auditor).await;
    let mut who = Vec::new();
    for name in ["alice", "mia", "audrey", "gil"] {
        who.push((name, ground.personal(name, "write").await));
    }
    (ground, [acme, bolt], who)
}

/// What a row answers with something in the first of its places.
async fn with(caller: &Caller, row: &Row, own: &Tenant, first: &str) -> Answer {
    let pick = |at, thing| if at == 0 { first } else { own.id(thing) }.to_owned();
    walk(caller, row, pick).await
}

fn first_of(row: &Row) -> Option<Thing> {
    let mut first = None;
    row.filled(|_, thing| {
        first = first.or(Some(thing));
        String::new()
    });
    first
}

#[tokio::test]
async fn a046_numbers_of_anothers_are_answered_as_numbers_of_nothing_to_all_kinds_of_people() {
    let (ground, [acme, bolt], who) = street().await;
    let before = journal(&ground).await;
    for (name, caller) in &who {
        for row in guarded() {
            let Some(thing) = first_of(row) else { continue };
            let foreign = with(caller, row, &acme, bolt.id(thing)).await;
            let absent = with(caller, row, &acme, nobodys(thing)).await;
            let told = foreign.json();
            let nothing = foreign.status.is_client_error() || told["count"] == 0;
            assert!(nothing, "{name}: {}: {} {told}", row.name(), foreign.status);
            assert_same(row, 0, &masked(foreign, &bolt), &masked(absent, &bolt));
        }
    }
    assert_eq!(journal(&ground).await, before, "nothing was changed");
}

#[tokio::test]
async fn an_owner_reads_what_is_the_owners_so_that_a_404_says_something() {
    let (_, [acme, _], who) = street().await;
    let (_, alice) = &who[0];
    for row in reading().filter(|row| row.places() > 0) {
        let answer = walk(alice, row, |_, thing| acme.id(thing).to_owned()).await;
        assert!(fits(row, &answer), "{}: {} {}", row.name(), answer.status, answer.body);
    }
}

/// An organization of the installation's own, with a user, a team and a client. Only what is in such
/// ones has names.
async fn founds_core(root: &Caller) {
    let made = async |list: &str, body: Value| {
        let answer = root.posts(list, &body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["id"].as_i64().unwrap()
    };
    let core = made("/api/v2/organizations/", json!({ "name": "Core" })).await;
    let of_core = format!("/api/v2/organizations/{core}/");
    let rita = json!({ "username": "rita", "password": PASSWORD });
    made(&format!("{of_core}users/"), rita).await;
    made(&format!("{of_core}teams/"), json!({ "name": "group" })).await;
    let client = json!({
        "name": "client", "client_type": "public", "authorization_grant_type": "password",
    });
    made(&format!("{of_core}applications/"), client).await;
}

/// Names of what is in that organization, and names like them that nothing has.
fn names(thing: Thing) -> Option<[&'static str; 2]> {
    let Thing::Number(of) = thing else { return None };
    match of {
        Of::User | Of::Guest => Some(["rita", "nobody"]),
        Of::Organization => Some(["Core", "nobody"]),
        Of::Team => Some(["group++Core", "group++nobody"]),
        Of::Client => Some(["client++Core", "client++nobody"]),
        Of::Personal | Of::Role | Of::Entry => None,
    }
}

#[tokio::test]
async fn a039_names_of_anothers_are_answered_as_names_of_nothing() {
    let (ground, [acme, _], who) = street().await;
    let root = ground.personal("root", "write").await;
    founds_core(&root).await;
    let before = journal(&ground).await;
    let below = |row: &&Row| row.name().contains("{id}");
    for row in guarded().filter(below) {
        let Some([foreign, absent]) = first_of(row).and_then(names) else { continue };
        for (name, caller) in &who {
            let [foreign, absent] =
                [with(caller, row, &acme, foreign).await, with(caller, row, &acme, absent).await];
            assert_eq!(foreign.status, 404, "{name}: {}: {}", row.name(), foreign.body);
            assert_same(row, 0, &foreign, &absent);
        }
        if row.kind == Kind::Reads {
            let seen = with(&root, row, &acme, foreign).await;
            assert_eq!(seen.status, 200, "{}: {}", row.name(), seen.body);
        }
    }
    assert_eq!(journal(&ground).await, before, "nothing was changed");
}

#[tokio::test]
async fn a039_what_is_foreign_describes_itself_as_what_is_absent() {
    let (_, [acme, bolt], who) = street().await;
    for row in reading().filter(|row| row.name().contains("{id}")) {
        let thing = first_of(row).unwrap();
        for (_, caller) in &who {
            for method in [Method::OPTIONS, Method::HEAD, Method::TRACE] {
                let of = |first: &str| {
                    let pick = |at, thing| if at == 0 { first } else { acme.id(thing) }.to_owned();
                    row.filled(pick).0
                };
                let foreign = asks(caller, method.clone(), &of(bolt.id(thing))).await;
                let absent = asks(caller, method.clone(), &of(nobodys(thing))).await;
                assert_same(row, 0, &masked(foreign, &bolt), &masked(absent, &bolt));
            }
        }
    }
}

#[tokio::test]
async fn fellows_do_not_see_each_others_tokens() {
    let (ground, [acme, _], who) = street().await;
    let token: Thing = Thing::Number(Of::Personal);
    let before = journal(&ground).await;
    for row in guarded().filter(|row| first_of(row) == Some(token)) {
        for (name, caller) in who.iter().filter(|(name, _)| *name != "alice") {
            let hidden = with(caller, row, &acme, acme.id(token)).await;
            let absent = with(caller, row, &acme, nobodys(token)).await;
            assert_eq!(hidden.status, 404, "{name}: {}", row.name());
            assert_same(row, 0, &hidden, &absent);
        }
    }
    assert_eq!(journal(&ground).await, before, "nothing was changed");
}

#[tokio::test]
async fn what_is_no_persons_token_and_no_client_has_no_number_here_even_for_root() {
    let ground = Ground::new().await;
    let tenant = ground.tenant("root", ["mia", "gil"]).await;
    let (world, authority) = (&ground.world, &ground.world.authority);
    let root = world.root().await;
    let id = |thing| tenant.id(thing).parse::<uuid::Uuid>().unwrap();
    let app = Holder::Application(id(Thing::Application).into());
    let machine = Holder::ServiceAccount(id(Thing::ServiceAccount).into());
    let mut numbers = vec![world.key("root", tenant.organization, Wish::default()).await.token];
    for holder in [app, machine] {
        let wish = Wish { holder: Some(holder), ..Wish::default() };
        numbers.push(authority.issue(&root, wish.clone()).await.unwrap().token);
        if holder == app {
            let wish = Wish { client_secret: true, ..wish };
            numbers.push(authority.issue(&root, wish).await.unwrap().token);
        }
    }
    let shop = authority.application(&root, id(Thing::Application).into()).await.unwrap().number;
    let caller = ground.stranger.clone().basic("root", PASSWORD);
    let before = journal(&ground).await;
    for row in guarded() {
        let hidden = match first_of(row) {
            Some(Thing::Number(Of::Personal)) => numbers.iter().map(|one| one.number).collect(),
            Some(Thing::Number(Of::Client)) if row.name().contains("{id}") => vec![shop],
            _ => Vec::new(),
        };
        for number in hidden {
            let answer = with(&caller, row, &tenant, &number.to_string()).await;
            assert_eq!(answer.status, 404, "{}: {number}: {}", row.name(), answer.body);
        }
    }
    assert_eq!(journal(&ground).await, before, "nothing was changed");
}
