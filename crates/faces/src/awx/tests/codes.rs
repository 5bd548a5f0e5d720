//! Authorization codes (contract section 4; attack book, A104 to A111 and A115).

use serde_json::{Value, json};
use testing::Answer;

use super::grants::at_once;
use super::login::Browser;
use super::{Application, Pair, Scene, quoted, statuses};

/// Where codes go.
pub(super) const BACK: &str = "https://a.test/cb";
/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What makes an application one of codes.
pub(super) fn of_codes(more: Value) -> Value {
    let mut wish = json!({
        "authorization_grant_type": "authorization-code",
        "redirect_uris": BACK,
        "skip_authorization": true,
    });
    super::put_over(&mut wish, more);
    wish
}

/// The path of a request for a code.
pub(super) fn asking(app: &Application, more: &str) -> String {
    format!("/api/o/authorize/?response_type=code&client_id={}{more}", app.id)
}

/// The value of a parameter of the address that an answer leads to.
pub(super) fn led(answer: &Answer, name: &str) -> Option<String> {
    let (_, query) = answer.header("location").split_once('?')?;
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
    pairs.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// A code that alice's browser is given.
async fn code(scene: &Scene, app: &Application, more: &str) -> String {
    let browser = Browser::of(scene, "alice").await;
    let answer = browser.bare.gets(&asking(app, more)).await;
    led(&answer, "code").unwrap_or_else(|| panic!("{} {}", answer.status, answer.body))
}

async fn redeem(scene: &Scene, app: &Application, code: &str, more: &str) -> Answer {
    let back = quoted(BACK);
    let form = format!("grant_type=authorization_code&code={code}&redirect_uri={back}{more}");
    scene.grant(app, &form).await
}

fn refused(answer: &Answer) -> (u16, String) {
    let error = answer.json()["error"].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), error)
}

fn invalid_grant() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

#[tokio::test]
async fn a104_an_address_is_the_registered_one_byte_for_byte() {
    let scene = Scene::new().await;
    let app = scene.application("app", of_codes(json!({}))).await;
    let browser = Browser::of(&scene, "alice").await;
    let long = format!("{BACK}{}", "a".repeat(60_000));
    for bad in [
        "https://a.test/cb/",
        "https://a.test/cb?x",
        "https://a.test/cb#f",
        "https://a.test/CB",
        "HTTPS://a.test/cb",
        "http://a.test/cb",
        "https://a.test:443/cb",
        "https://a.test.evil/cb",
        "https://a.test@evil/cb",
        "https://evil\\@a.test/cb",
        "//a.test/cb",
        "https://a.test/cb/../x",
        "https://a.test/%63b",
        "https://a.test/c%62",
        "https://a.test./cb",
        "https://xn--a-0ga.test/cb",
        "https://a.test/cb\t",
        "https://a.te\nst/cb",
        "https://a.test/cb https://evil.test/",
        " https://a.test/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "/cb",
        "\0",
        &long,
    ] {
        let asked = format!("&redirect_uri={}", quoted(bad));
        let answer = browser.bare.gets(&asking(&app, &asked)).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (400, ""), "{bad:?}");
        assert!(answer.header("content-type").starts_with("text/html"));
    }
    for good in ["", &format!("&redirect_uri={}", quoted(BACK))] {
        let answer = browser.bare.gets(&asking(&app, good)).await;
        assert_eq!(answer.status, 302, "of one only, it need not be said");
        assert!(answer.header("location").starts_with("https://a.test/cb?code=tkac_"));
    }
}

#[tokio::test]
async fn a107_a_fault_goes_back_to_the_client_only_if_client_and_address_are_known() {
    let scene = Scene::new().await;
    let app = scene.application("app", of_codes(json!({}))).await;
    let browser = Browser::of(&scene, "alice").await;
    let state = "a b&error=none#x\r\nSet-Cookie: a=b";
    let state = format!("&state={}", quoted(state));
    for (query, error) in [
        (format!("response_type=code&client_id={}&scope=admin", app.id), "invalid_scope"),
        (format!("response_type=code&client_id={}&scope=read+read", app.id), "invalid_scope"),
        (format!("response_type=token&client_id={}", app.id), "unauthorized_client"),
        (
            format!("response_type=id_token%20token&client_id={}", app.id),
            "unsupported_response_type",
        ),
        (format!("response_type=code%20token&client_id={}", app.id), "unsupported_response_type"),
        (format!("response_type=none&client_id={}", app.id), "unsupported_response_type"),
        (format!("client_id={}", app.id), "invalid_request"),
    ] {
        let answer = browser.bare.gets(&format!("/api/o/authorize/?{query}{state}")).await;
        assert_eq!(answer.status, 302, "{query}");
        assert!(answer.header("location").starts_with("https://a.test/cb?error="), "{query}");
        assert_eq!(led(&answer, "error").as_deref(), Some(error), "{query}");
        let told = "a b&error=none#x\r\nSet-Cookie: a=b";
        assert_eq!(led(&answer, "state").as_deref(), Some(told));
        assert_eq!((led(&answer, "code"), answer.header("location").contains('#')), (None, false));
        assert!(!answer.header("location").contains("tk"), "{query}");
    }
    for query in ["response_type=code", "response_type=code&client_id=x", "client_id=%00", ""] {
        let answer = browser.bare.gets(&format!("/api/o/authorize/?{query}{state}")).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (400, ""), "{query}");
    }
}

#[tokio::test]
async fn a107_an_address_with_a_query_keeps_it() {
    let scene = Scene::new().await;
    let back = json!({ "redirect_uris": "https://a.test/cb?tenant=1 http://127.0.0.1:9/" });
    let app = scene.application("app", of_codes(back)).await;
    let browser = Browser::of(&scene, "alice").await;
    let asked = format!("&redirect_uri={}", quoted("https://a.test/cb?tenant=1"));
    let answer = browser.bare.gets(&asking(&app, &asked)).await;
    assert_eq!(led(&answer, "tenant").as_deref(), Some("1"));
    assert!(led(&answer, "code").is_some());
    let answer = browser.bare.gets(&asking(&app, "")).await;
    assert_eq!(answer.status, 400, "of several, which one must be said");
}

#[tokio::test]
async fn a025_a_parameter_that_is_there_twice_makes_no_request() {
    let scene = Scene::new().await;
    let app = scene.application("app", of_codes(json!({}))).await;
    let browser = Browser::of(&scene, "alice").await;
    for more in ["&client_id=x", "&scope=read&scope=write", "&state=1&state=1"] {
        let answer = browser.bare.gets(&asking(&app, more)).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (400, ""), "{more}");
    }
}

#[tokio::test]
async fn a109_a_code_is_good_once_for_its_client_and_address_in_its_time() {
    let scene = Scene::new().await;
    let app = scene.application("app", of_codes(json!({}))).await;
    let other = scene.application("other", of_codes(json!({}))).await;
    let text = code(&scene, &app, "&scope=read").await;
    assert_eq!(refused(&redeem(&scene, &other, &text, "").await), invalid_grant());
    let form = |back: &str| format!("grant_type=authorization_code&code={text}{back}");
    for back in ["", "&redirect_uri=", "&redirect_uri=https%3A%2F%2Fa.test%2Fcb%2F"] {
        assert_eq!(refused(&scene.grant(&app, &form(back)).await), invalid_grant(), "{back}");
    }
    for wrong in [&text[..text.len() - 1], "tkac_x", "%00", &app.secret] {
        assert_eq!(refused(&redeem(&scene, &app, wrong, "").await), invalid_grant());
    }
    let pair = Pair::of(&redeem(&scene, &app, &text, "").await);
    assert_eq!(pair.scope, "read");
    assert!(scene.is_live(&pair.access).await);
    assert_eq!(refused(&redeem(&scene, &app, &text, "").await), invalid_grant());
    assert!(!scene.is_live(&pair.access).await, "whoever had it first may be a thief");
    assert_eq!(refused(&scene.refresh(&app, &pair.refresh).await), invalid_grant());
    let late = code(&scene, &app, "").await;
    scene.seconds(600).await;
    assert_eq!(refused(&redeem(&scene, &app, &late, "").await), invalid_grant());
}

#[tokio::test]
async fn a109_of_ten_who_show_one_code_at_once_nobody_keeps_a_token() {
    let scene = Scene::new().await;
    let app = scene.application("app", of_codes(json!({}))).await;
    let text = code(&scene, &app, "").await;
    let all = at_once((0..10).map(|_| redeem(&scene, &app, &text, ""))).await;
    let good: Vec<&Answer> = all.iter().filter(|answer| answer.status == 200).collect();
    assert!(good.len() <= 1);
    for answer in &good {
        assert!(!scene.is_live(&Pair::of(answer).access).await);
    }
}

#[tokio::test]
async fn a109_a_code_dies_with_the_user_and_with_the_application() {
    let scene = Scene::new().await;
    let app = scene.application("app", of_codes(json!({}))).await;
    let text = code(&scene, &app, "").await;
    let (root, alice) = (scene.world.root().await, scene.world.actor("alice").await);
    let alice = alice.user().unwrap();
    scene.world.authority.set_user_disabled(&root, alice, true).await.unwrap();
    assert_eq!(refused(&redeem(&scene, &app, &text, "").await), invalid_grant());
    scene.world.authority.set_user_disabled(&root, alice, false).await.unwrap();
    assert_eq!(refused(&redeem(&scene, &app, &text, "").await), invalid_grant(), "for good");
    let text = code(&scene, &app, "").await;
    let path = format!("/api/v2/applications/{}/", app.number);
    assert_eq!(scene.basic("root").asks(axum::http::Method::DELETE, &path).await.status, 204);
    assert_eq!(redeem(&scene, &app, &text, "").await.status, 401);
}

#[tokio::test]
async fn a110_a_code_that_was_asked_for_with_a_challenge_needs_its_verifier() {
    let scene = Scene::new().await;
    let app = scene.application("app", of_codes(json!({}))).await;
    let s256 = format!("&code_challenge={CHALLENGE}&code_challenge_method=S256");
    let text = code(&scene, &app, &s256).await;
    let without = redeem(&scene, &app, &text, "").await;
    assert_eq!(without.json()["error_description"], "Code verifier required.");
    let long = "a".repeat(129);
    for wrong in [CHALLENGE, &VERIFIER[..42], &long, "x", "%00"] {
        let answer = redeem(&scene, &app, &text, &format!("&code_verifier={wrong}")).await;
        assert_eq!(refused(&answer), invalid_grant(), "{wrong}");
    }
    let right = redeem(&scene, &app, &text, &format!("&code_verifier={VERIFIER}")).await;
    assert_eq!(right.status, 200);
    // A verifier where there was no challenge: somebody took that away.
    let text = code(&scene, &app, "").await;
    let answer = redeem(&scene, &app, &text, &format!("&code_verifier={VERIFIER}")).await;
    assert_eq!(refused(&answer), invalid_grant());
}

#[tokio::test]
async fn a110_a_challenge_is_whole_and_a_public_client_has_one_of_s256() {
    let scene = Scene::new().await;
    let app = scene.application("app", of_codes(json!({}))).await;
    let public = of_codes(json!({ "client_type": "public" }));
    let public = scene.application("public", public).await;
    let browser = Browser::of(&scene, "alice").await;
    let plain = format!("&code_challenge={VERIFIER}&code_challenge_method=plain");
    let bare = format!("&code_challenge={VERIFIER}");
    for (app, more) in [
        (&public, ""),
        (&public, plain.as_str()),
        (&public, bare.as_str()),
        (&app, "&code_challenge_method=S256"),
        (&app, "&code_challenge=short&code_challenge_method=S256"),
        (&app, &format!("&code_challenge={}&code_challenge_method=S256", "a".repeat(129))),
        (&app, &format!("&code_challenge={CHALLENGE}&code_challenge_method=none")),
        (&app, &format!("&code_challenge={CHALLENGE}%00&code_challenge_method=S256")),
    ] {
        let answer = browser.bare.gets(&asking(app, more)).await;
        assert_eq!(led(&answer, "error").as_deref(), Some("invalid_request"), "{more}");
        assert_eq!(led(&answer, "code"), None);
    }
    let text = code(&scene, &app, &plain).await;
    let answer = redeem(&scene, &app, &text, &format!("&code_verifier={VERIFIER}")).await;
    assert_eq!(answer.status, 200, "a confidential client may be as plain as AWX lets it");
}

#[tokio::test]
async fn a115_each_client_obtains_tokens_in_its_own_way_only() {
    let scene = Scene::new().await;
    let codes = scene.application("codes", of_codes(json!({}))).await;
    let passwords = scene.application("passwords", json!({})).await;
    let alice = format!("username=alice&password={}", quoted(testing::PASSWORD));
    let answers = [
        scene.grant(&codes, &format!("grant_type=password&{alice}")).await,
        scene.grant(&codes, "grant_type=client_credentials").await,
        scene.grant(&codes, "grant_type=implicit").await,
        scene.grant(&passwords, "grant_type=client_credentials&scope=read").await,
        redeem(&scene, &passwords, "tkac_x", "").await,
    ];
    for answer in &answers {
        assert_eq!(refused(answer), (400, "unauthorized_client".to_owned()));
    }
    let odd = ["urn:ietf:params:oauth:grant-type:jwt-bearer", "PASSWORD", "refresh", "%00", ""];
    for grant in odd {
        let answer = scene.grant(&codes, &format!("grant_type={grant}&{alice}")).await;
        assert_eq!(refused(&answer), (400, "unsupported_grant_type".to_owned()), "{grant}");
    }
    let browser = Browser::of(&scene, "alice").await;
    let back = json!({ "redirect_uris": BACK });
    let with_address = scene.application("with address", back).await;
    let answer = browser.bare.gets(&asking(&with_address, "")).await;
    assert_eq!(led(&answer, "error").as_deref(), Some("unauthorized_client"));
    assert_eq!(statuses(&[browser.bare.gets(&asking(&passwords, "")).await]), [400]);
}
