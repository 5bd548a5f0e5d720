//! The walks.

use std::collections::BTreeSet;
use std::path::Path;

use testing::{Answer, Caller};

use crate::ground::{Ground, Tenant, nobodys, walk};
use crate::rows::{self, Kind, Row, Thing};

/// Rows that don't answer 2xx to who may, and what they answer: there is nothing to show yet, no second
/// factor to change, no license to give or take, and who asks is no application.
const OTHERWISE: [(&str, u16); 9] = [
    ("GET /v1/app", 401),
    ("GET /v0/apps/{app_id}/icon", 404),
    ("POST /authority/v1/users/{id}/second-factor/reset", 409),
    ("POST /authority/v1/me/second-factor/confirm", 409),
    ("POST /authority/v1/me/second-factor/recovery-codes", 409),
    ("POST /authority/v1/me/second-factor/remove", 409),
    ("POST /authority/v1/rules/test", 404),
    ("POST /api/v2/config/", 400),
    ("DELETE /api/v2/config/", 400),
];

#[tokio::test]
async fn every_documented_route_is_in_the_table_and_nothing_else() {
    let ground = Ground::new().await;
    let mut documented = Vec::new();
    for document in &ground.documents {
        for (path, item) in document["paths"].as_object().unwrap() {
            let methods = item.as_object().unwrap().keys().filter(|key| key.len() <= 7);
            let methods = methods.filter(|key| *key != "summary");
            documented.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
        }
    }
    let known: BTreeSet<String> = rows::all().map(Row::name).collect();
    assert_eq!(known.len(), rows::all().count(), "a row is there twice");
    assert_eq!(documented.len(), documented.iter().collect::<BTreeSet<_>>().len());
    let documented: BTreeSet<String> = documented.into_iter().collect();
    let unwalked: Vec<_> = documented.difference(&known).collect();
    let gone: Vec<_> = known.difference(&documented).collect();
    assert!(unwalked.is_empty() && gone.is_empty(), "unwalked {unwalked:?}, gone {gone:?}");
}

/// Documents are made of what `routes!` registers, and AWX's of its pages and views. What is
/// registered by other words is on no document: only these, which are other spellings of documented
/// paths, or say that there is nothing.
#[test]
fn no_route_is_registered_past_its_document() {
    let reviewed = [
        (r#".route("/check/", any(check::check)"#, "gateway/mod.rs"),
        // On a listener of its own, for trusted peers: `a155_…` and `a165_…` of the gateway's tests.
        (r#".route_service(&format!("/{SERVICE_NAME}/{{method}}"), service)"#, "gateway/grpc.rs"),
        ("router.route(path, methods.clone())", "kit/slashes.rs"),
        // Nothing is served there; who asks without a good token is told that first.
        (r#"router.route("/integrations/{*rest}", axum::routing::any"#, "applivery/mod.rs"),
        // A page, and a view: `the_document_names_every_method_of_a_path_and_no_other`.
        ("let router = router.route(path, answer);", "awx/mod.rs"),
        ("Some(bare) => router.route(bare, any(with_slash)),", "awx/mod.rs"),
        ("router.route(&path, any(answer)).route(&bare, any(with_slash))", "awx/mod.rs"),
        (r#".route("/api/{*rest}", any(unknown))"#, "awx/mod.rs"),
    ];
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    scan(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, line| {
        let words = [".route(", ".route_service(", ".nest_service(", "fallback_service("];
        let known = |(text, file): &(&str, &str)| line.contains(text) && path.ends_with(file);
        if words.iter().any(|word| line.contains(word)) {
            match reviewed.iter().position(known) {
                Some(place) => drop(seen.insert(place)),
                None => found.push(format!("{path}: {line}")),
            }
        }
    });
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(seen.len(), reviewed.len(), "something was reviewed that is not there");
}

fn scan(folder: &Path, look: &mut impl FnMut(&str, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            scan(&path, look);
        } else if path.is_file() {
            let text = std::fs::read_to_string(&path).unwrap();
            text.lines().for_each(|line| look(path.to_str().unwrap(), line));
        }
    }
}

#[tokio::test]
async fn a_stranger_gets_401_everywhere_but_in_the_reviewed_list() {
    let ground = Ground::new().await;
    let root = ground.tenant("root", ["mia", "gil"]).await;
    for row in rows::all().filter(|row| row.kind != Kind::Open) {
        let own = |_, thing| root.id(thing).to_owned();
        for caller in [
            ground.stranger.clone(),
            ground.stranger.clone().bearer("tkak_nonsense"),
            ground.stranger.clone().with("authorization", "Negotiate abc"),
        ] {
            assert_eq!(walk(&caller, row, own).await.status, 401, "{}", row.name());
        }
        let (target, body) = row.filled(own);
        let slashed = target.replacen('?', "/?", 1);
        let slashed = if slashed == target { format!("{target}/") } else { slashed };
        let asked = ground.stranger.sends(row.method(), &slashed, row.media_type(), body).await;
        assert!(matches!(asked.status.as_u16(), 401 | 404), "{slashed}: {}", asked.status);
    }
}

#[tokio::test]
async fn whoever_holds_everything_may_do_every_row() {
    let mut scene = everything().await;
    for row in rows::all().filter(|row| row.kind != Kind::Open) {
        let (_, tenant, caller) = &scene;
        let answer = walk(caller, row, |_, thing| tenant.id(thing).to_owned()).await;
        assert!(fits(row, &answer), "{}: {} {}", row.name(), answer.status, answer.body);
        if row.kind == Kind::Changes {
            scene = everything().await;
        }
    }
}

/// Whether this is what somebody is answered who may.
pub(crate) fn fits(row: &Row, answer: &Answer) -> bool {
    let other = OTHERWISE.into_iter().find(|(name, _)| *name == row.name());
    other.map_or(answer.status.is_success(), |(_, status)| answer.status == status)
}

pub(crate) async fn everything() -> (Ground, Tenant, Caller) {
    let ground = Ground::new().await;
    let tenant = ground.tenant("root", ["mia", "gil"]).await;
    let caller = ground.personal("root", "*").await;
    (ground, tenant, caller)
}

#[tokio::test]
async fn a022_a_read_only_token_gets_403_from_every_row_that_changes_something() {
    let ground = Ground::new().await;
    let tenant = ground.tenant("root", ["mia", "gil"]).await;
    let before = journal(&ground).await;
    let free = [ground.personal("root", "read").await, ground.of_awx("read").await];
    let bound = narrow(&ground, &tenant).await;
    let issued = journal(&ground).await - before;
    for row in rows::all().filter(|row| row.kind == Kind::Changes) {
        let own = |_, thing| tenant.id(thing).to_owned();
        for free in &free {
            let answer = walk(free, row, own).await;
            assert_eq!(answer.status, 403, "{}: {}", row.name(), answer.body);
        }
        let answer = walk(&bound, row, own).await;
        let no: &[u16] = if row.is_awx() { &[401] } else { &[403, 404] };
        let refused = no.contains(&answer.status.as_u16());
        assert!(refused, "{}: {} {}", row.name(), answer.status, answer.body);
    }
    assert_eq!(journal(&ground).await, before + issued, "nothing was changed");
}

async fn narrow(ground: &Ground, tenant: &Tenant) -> Caller {
    let scopes = Some(authority::scope::Scopes::read());
    let wish = authority::token::Wish { scopes, ..authority::token::Wish::default() };
    let issued = ground.world.key(tenant.owner, tenant.organization, wish).await;
    ground.stranger.clone().bearer(issued.secret.reveal())
}

pub(crate) async fn journal(ground: &Ground) -> usize {
    let root = ground.world.root().await;
    let filter = authority::journal::EntryFilter::default();
    let entries = ground.world.authority.journal(&root, None, filter, (None, 1_000)).await;
    entries.unwrap().len()
}

#[tokio::test]
async fn a039_anothers_ids_are_answered_as_ids_that_nothing_has() {
    let ground = Ground::new().await;
    ground.world.user("alice").await;
    ground.world.user("bob").await;
    let acme = ground.tenant("alice", ["mia", "gil"]).await;
    let bolt = ground.tenant("bob", ["nils", "olga"]).await;
    ground.move_in(&bolt).await;
    let (free, bound) = (ground.personal("alice", "*").await, ground.bound(&acme).await);
    let before = journal(&ground).await;
    for row in rows::all().filter(|row| row.kind != Kind::Open) {
        for place in 0..row.places() {
            for caller in [&free, &bound] {
                let with = async |id: &dyn Fn(Thing) -> String| {
                    let pick = |at: usize, thing: Thing| {
                        let own = at != place || thing == Thing::Version;
                        if own { acme.id(thing).to_owned() } else { id(thing) }
                    };
                    walk(caller, row, pick).await
                };
                let foreign = with(&|thing| bolt.id(thing).to_owned()).await;
                let absent = with(&|thing| nobodys(thing).to_owned()).await;
                assert_same(row, place, &masked(foreign, &bolt), &masked(absent, &bolt));
            }
        }
    }
    assert_eq!(journal(&ground).await, before, "nothing was changed");
}

/// Every id of a tenant, and the one that nothing has, as the same word.
pub(crate) fn masked(answer: Answer, tenant: &Tenant) -> Answer {
    let mut body = answer.body;
    for (thing, id) in tenant.all() {
        for id in [id.as_str(), nobodys(*thing)] {
            // A number stands in many places; in an answer of what is wrong it is quoted.
            let number = matches!(thing, Thing::Number(_));
            let word = if number { format!("\\\"{id}\\\"") } else { id.to_owned() };
            body = body.replace(&word, "ID");
        }
    }
    // It tells of the body, which is compared without what was asked for.
    let mut headers = answer.headers;
    headers.remove("content-length");
    Answer { body, headers, ..answer }
}

pub(crate) fn assert_same(row: &Row, place: usize, foreign: &Answer, absent: &Answer) {
    let name = format!("{}, place {place}", row.name());
    assert_eq!(foreign.status, absent.status, "{name}: {} / {}", foreign.body, absent.body);
    assert_eq!(foreign.headers, absent.headers, "{name}");
    assert_eq!(foreign.body, absent.body, "{name}");
}

#[tokio::test]
async fn a202_bodies_and_ids_that_make_no_sense_are_refused_and_change_nothing() {
    let ground = Ground::new().await;
    let tenant = ground.tenant("root", ["mia", "gil"]).await;
    let caller = ground.personal("root", "*").await;
    let before = journal(&ground).await;
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    let long = format!("{{\"a\":\"{}\"}}", "a".repeat(70_000));
    let bodies = ["{", "[]", "null", "\"\"", "{\"a\":1,\"a\":2}", "{\"a\":1e999999}", "\u{feff}{}"];
    for row in rows::all().filter(|row| row.media_type() == Some("application/json")) {
        let (target, _) = row.filled(|_, thing| tenant.id(thing).to_owned());
        for body in bodies.into_iter().chain([deep.as_str(), &long]) {
            let sent = body.as_bytes().to_vec();
            let kind = Some("application/json");
            let answer = caller.sends(row.method(), &target, kind, sent).await;
            let said = answer.status.as_u16();
            assert!((400..500).contains(&said), "{}: {said} to {body:.40}", row.name());
        }
        let plain = Some("text/plain");
        let answer = caller.sends(row.method(), &target, plain, b"{\"name\":\"a\"}".to_vec()).await;
        assert_eq!(answer.status, 415, "{}", row.name());
    }
    for row in rows::all().filter(|row| row.places() > 0) {
        for odd in ["..", "%00", "%27%20OR%201=1--", "9999999999999999999999", "me", "%F0%28", "+"]
        {
            let answer = walk(&caller, row, |_, _| odd.to_owned()).await;
            // What is sought by such a number is not there.
            let none = row.is_awx() && answer.json()["count"] == 0;
            let refused = answer.status.is_client_error() || none;
            assert!(refused, "{}: {} to {odd}", row.name(), answer.status);
        }
    }
    assert_eq!(journal(&ground).await, before, "nothing was changed");
}
