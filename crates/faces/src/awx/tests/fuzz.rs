//! Whatever is sent, somebody decides it: no input is answered by a fault of ours (attack book, A047
//! and A202): a property over methods, paths, queries, headers and bodies.

use axum::http::Method;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use testing::{Answer, Caller};

use super::super::views;
use super::login::Browser;
use super::{Scene, quoted};

/// A request that nobody means well by.
#[derive(Debug, Clone)]
struct Odd {
    who: usize,
    method: Method,
    path: String,
    header: Option<(&'static str, &'static str)>,
    media: Option<&'static str>,
    body: Vec<u8>,
}

/// Names of objects in paths, and what is none.
const OBJECTS: &str = "0 1 2 3 -1 +1 1.0 1e3 007 99999999999999999999 root alice Acme app++Acme ops++Acme \
    ++ +++ a++b++c %2B%2B [+] a[+]b++Acme %00 %2f .. %2e%2e %ff % %zz %F0%9F%92%A9 %EF%BC%91 \
    %27%20OR%201=1-- %0d%0aX:y ;x a@b null %E2%80%AE 18446744073709551616 9223372036854775807";
const NAMES: &str = "id pk token refresh_token password user user__username user__password application \
    application__client_secret application__organization__name description scope expires created modified \
    last_used username email is_superuser name organization created_by__email timestamp actor operation \
    object1 object2 page page_size order_by order search type format count_disabled user__search \
    role_level host_filter next client_id response_type redirect_uri grant_type state";
const LOOKUPS: &str = "exact iexact contains icontains startswith endswith regex iregex gt gte lt lte in \
    isnull search int range user__user";
const PREFIXES: &str = "not__ or__ or__not__ chain__ chain__not__ not__not__";
const MEMBERS: &str = "description scope application user token expires username password first_name \
    last_name email is_superuser is_system_auditor name organization client_type redirect_uris \
    authorization_grant_type skip_authorization id associate disassociate OAUTH2_PROVIDER is_active \
    AUTH_BASIC_ENABLED ALLOW_OAUTH2_FOR_EXTERNAL_USERS";
/// Texts that somebody may choke on, one a line.
const TEXTS: &str = "0\n1\n-1\nlast\nnone\nnull\ntrue\nperhaps\n' OR 1=1--\n%\n_\n\\\na,b\n,\n1,2,x\n-id\n\
    password\n-token\nuser__password\n2026-01-01\n0000-00-00\n9999-12-31T23:59:59.999999+23:59\n(\n\
    (a*)*b\n[[:alpha:]]\na{1,255}{1,255}\n\\d+\n(?=x)\n99999999999999999999\n-99999999999999999999\n\
    \0\n\u{202e}\né\nwrite\nread write\nadmin\ncode\ngrant\n*\n__all__\n$encrypted$\n\r\n//evil.test\n\
    https://evil.test\n1e999\nNaN\n\u{10ffff}\nconfidential\npublic\nauthorization-code\npassword\n";
const HEADERS: &str = "accept: text/html\naccept: */*;q=0\naccept: ,;,\naccept: application/xml\n\
    content-length: 5\ncontent-length: -1\ncontent-length: 99999999999999999999\nhost: evil.test\n\
    cookie: awx_sessionid; csrftoken==;;=\nauthorization: Basic Og==\nauthorization: Bearer \n\
    x-api-request-id: x\norigin: null\nexpect: 100-continue\ntransfer-encoding: chunked";
const MEDIA: &str = "application/json\napplication/json\napplication/json\napplication/json; charset=utf-8\n\
    application/json; charset=utf-16\ntext/plain\nmultipart/form-data\n;;\n\
    application/x-www-form-urlencoded";

fn word(of: &'static str) -> impl Strategy<Value = &'static str> {
    select(of.split_whitespace().collect::<Vec<_>>())
}

fn line(of: &'static str) -> impl Strategy<Value = &'static str> {
    select(of.split('\n').collect::<Vec<_>>())
}

fn path() -> impl Strategy<Value = String> {
    let mut all: Vec<&str> = views::all().iter().map(|view| view.path).collect();
    all.extend(["/login/", "/logout/", "/o/authorize/", "/o/token/", "/o/revoke_token/"]);
    all.extend(["/login/style.css", "/openapi.json", "/nosuch/", "/v2/tokens/{id}/x/", "//"]);
    let object = prop_oneof![
        8 => word(OBJECTS).prop_map(str::to_owned),
        1 => "\\PC{0,40}".prop_map(|text| quoted(&text)),
        1 => (0_usize..3_000).prop_map(|length| "a".repeat(length)),
    ];
    (select(all), object, prop::bool::weighted(0.95)).prop_map(|(path, object, slash)| {
        let path = path.replace("{id}", &object);
        format!("/api{}", if slash { &path } else { path.trim_end_matches('/') })
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => line(TEXTS).prop_map(str::to_owned),
        2 => "\\PC{0,30}",
        1 => any::<String>(),
        1 => (1_usize..3_000).prop_map(|length| "9".repeat(length)),
    ]
}

fn query() -> impl Strategy<Value = String> {
    let parts =
        (prop::option::of(word(PREFIXES)), word(NAMES), prop::option::of(word(LOOKUPS)), text());
    let pair = parts.prop_map(|(before, name, lookup, value)| {
        let lookup = lookup.map(|lookup| format!("__{lookup}")).unwrap_or_default();
        format!("{}{name}{lookup}={}", before.unwrap_or_default(), quoted(&value))
    });
    let raw = word("& = %ff=%ff %zz a +=+ =&=& id=1;id=2 %00=1 %C3%A9=1").prop_map(str::to_owned);
    let pairs = prop::collection::vec(prop_oneof![6 => pair, 1 => raw], 0..5);
    pairs.prop_map(
        |pairs| if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) },
    )
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-3_i64..6).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let members = prop::collection::vec(("[a-z]{1,4}", inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|all| Value::Object(all.into_iter().collect())),
        ]
    })
}

/// A body: mostly an object with names that mean something and values that may not fit them.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let members = prop::collection::vec((word(MEMBERS).prop_map(str::to_owned), value()), 0..6);
    let object = members.prop_map(|all| Value::Object(all.into_iter().collect()));
    let form = prop::collection::vec((word(NAMES), text()), 0..6).prop_map(|all| {
        let pairs = all.into_iter().map(|(name, value)| format!("{name}={}", quoted(&value)));
        pairs.collect::<Vec<_>>().join("&").into_bytes()
    });
    prop_oneof![
        10 => object.prop_map(|value| value.to_string().into_bytes()),
        2 => value().prop_map(|value| value.to_string().into_bytes()),
        2 => form,
        1 => prop::collection::vec(any::<u8>(), 0..60),
        1 => Just(b"[".repeat(50_000)),
        1 => Just(vec![b' '; 70_000]),
    ]
}

fn odd() -> impl Strategy<Value = Odd> {
    let method = word("GET GET POST POST PUT PATCH OPTIONS DELETE HEAD TRACE CONNECT");
    let header = line(HEADERS).prop_map(|line| line.split_once(": ").unwrap());
    let place = (path(), query()).prop_map(|(path, query)| path + &query);
    let header = prop::option::weighted(0.2, header);
    let media = prop::option::weighted(0.95, line(MEDIA));
    (0_usize..6, method, place, header, media, body()).prop_map(
        |(who, method, path, header, media, body)| {
            let method = method.parse().unwrap();
            Odd { who, method, path, header, media, body }
        },
    )
}

/// Everybody who may ask.
async fn callers(scene: &Scene) -> Vec<Caller> {
    scene.application("app", json!({})).await;
    let team = json!({ "name": "ops", "organization": scene.acme });
    super::made(&scene.basic("bob"), "/api/v2/teams/", team).await;
    let app = super::codes::of_codes(json!({}));
    let app = scene.application("codes", app).await;
    vec![
        scene.bearer("root", "write").await,
        scene.bearer("bob", "write").await,
        scene.bearer("alice", "read").await,
        Browser::of(scene, "alice").await.sealed,
        scene.client(&app),
        scene.stranger(),
    ]
}

async fn asks(callers: &[Caller], odd: &Odd) -> Answer {
    let caller = callers[odd.who % callers.len()].clone();
    let caller = match odd.header {
        Some((name, value)) => caller.with(name, value),
        None => caller,
    };
    caller.sends(odd.method.clone(), &odd.path, odd.media, odd.body.clone()).await
}

#[test]
fn no_request_is_answered_by_a_fault_of_ours() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner =
        TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(30) });
    let several = prop::collection::vec(odd(), 60);
    let outcome = runner.run(&several, |all| {
        runtime.block_on(async {
            // Each case changes what there is, so each has a world of its own.
            let scene = Scene::new().await;
            let callers = callers(&scene).await;
            for odd in &all {
                let answer = asks(&callers, odd).await;
                let kind = answer.header("content-type").to_owned();
                prop_assert!(answer.status.as_u16() < 500, "{odd:?}: {}", answer.body);
                prop_assert_eq!(answer.header("x-content-type-options"), "nosniff");
                prop_assert!(answer.body.is_empty() || !kind.is_empty(), "{:?}", odd);
                prop_assert!(!answer.body.contains("panicked") && !answer.body.contains(".rs:"));
            }
            Ok(())
        })
    });
    outcome.unwrap();
}
