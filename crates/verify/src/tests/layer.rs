//! The layer, around a service that says who called.

use std::convert::Infallible;

use http::{Method, Request, Response, StatusCode};
use tower::{ServiceBuilder, ServiceExt as _, service_fn};

use super::*;
use crate::layer::VerifyLayer;
use crate::verdict::Caller;

/// What the service behind saw.
async fn behind(request: Request<()>) -> Result<Response<String>, Infallible> {
    let names: Vec<_> = request.headers().keys().map(ToString::to_string).collect();
    let caller = request.extensions().get::<Caller>().expect("somebody called");
    Ok(Response::new(format!("{} {}", caller.holder().kind, names.join(" "))))
}

type Answer = (u16, String, String);

/// Status, challenge or `Retry-After`, and body.
async fn ask(layer: &VerifyLayer, headers: &[(&str, &str)]) -> Answer {
    let service = ServiceBuilder::new().layer(layer.clone()).service(service_fn(behind));
    let mut request = Request::builder().method(Method::GET).uri("/books");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = service.oneshot(request.body(()).unwrap()).await.unwrap();
    let said = ["www-authenticate", "retry-after"].map(|name| answer.headers().get(name));
    let said = said.into_iter().flatten().map(|value| value.to_str().unwrap());
    let said = said.collect::<Vec<_>>().join(" ");
    (answer.status().as_u16(), said, answer.into_body())
}

fn refused(status: u16, header: &str) -> Answer {
    (status, header.to_owned(), String::new())
}

const SHOWN: (&str, &str) = ("authorization", "Bearer tkak_token");

async fn scene(need: Need) -> (Arc<Played>, VerifyLayer) {
    let (played, verifier) = closing();
    verifier.ready().await;
    (played, VerifyLayer::new(verifier, need))
}

#[tokio::test(start_paused = true)]
async fn who_shows_a_good_token_is_named_to_the_service_and_by_nobody_else() {
    let (played, layer) = scene(Need::anything()).await;
    let forged =
        [SHOWN, ("X-Chancery-Holder", "root"), ("x-chancery-anything", "x"), ("x-own", "1")];
    for _ in 0..2 {
        assert_eq!(
            ask(&layer, &forged).await,
            (200, String::new(), "user authorization x-own".into())
        );
    }
    assert_eq!(played.asked.load(Ordering::SeqCst), 1, "the second was warm");
    let lower = [("authorization", "bearer tkak_token")];
    assert_eq!(ask(&layer, &lower).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn who_shows_no_token_is_asked_for_one_and_told_nothing_more() {
    let (played, layer) = scene(Need::anything()).await;
    let basic = ("authorization", "Basic YTpi");
    for shown in [&[][..], &[basic], &[("authorization", "Bearer")], &[("authorization", "tkak_x")]]
    {
        assert_eq!(ask(&layer, shown).await, refused(401, "Bearer"), "{shown:?}");
    }
    let twice = refused(400, r#"Bearer error="invalid_request""#);
    assert_eq!(ask(&layer, &[SHOWN, SHOWN]).await, twice);
    assert_eq!(ask(&layer, &[SHOWN, basic]).await, twice);
    assert_eq!(played.asked.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn each_no_has_its_challenge_cold_and_warm() {
    let insufficient = r#"Bearer error="insufficient_scope", scope="library.book.read""#;
    for (reason, answer) in [
        ("expired", refused(401, r#"Bearer error="invalid_token""#)),
        ("revoked", refused(401, r#"Bearer error="invalid_token""#)),
        ("a_word_of_tomorrow", refused(401, r#"Bearer error="invalid_token""#)),
        ("scope", refused(403, insufficient)),
        ("rate", refused(429, "1")),
    ] {
        let (played, layer) = scene(Need::permission("library.book.read")).await;
        played.with(|state| state.says = no(reason));
        for _ in 0..2 {
            assert_eq!(ask(&layer, &[SHOWN]).await, answer, "{reason}");
        }
        assert_eq!(played.asked.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_query_of_several_permissions_is_not_spelled_as_a_scope() {
    let (played, layer) = scene(Need::permission("a.b.c AND (d.e.f OR \"x\")")).await;
    played.with(|state| state.says = no("scope"));
    let plain = refused(403, r#"Bearer error="insufficient_scope""#);
    assert_eq!(ask(&layer, &[SHOWN]).await, plain);
}

#[tokio::test(start_paused = true)]
async fn no_answer_is_503_and_never_a_no() {
    let (played, layer) = scene(Need::anything()).await;
    played.with(|state| state.down = true);
    assert_eq!(ask(&layer, &[SHOWN]).await, refused(503, "1"));
    pass(600).await;
    assert_eq!(ask(&layer, &[SHOWN]).await, refused(503, "1"));
    assert_eq!(ask(&layer, &[]).await, refused(401, "Bearer"), "nobody need be asked for that");
}

#[tokio::test(start_paused = true)]
async fn what_is_needed_is_said_of_each_request() {
    let (played, verifier) = closing();
    verifier.ready().await;
    let layer = VerifyLayer::by(verifier, |parts| {
        let write = parts.headers.contains_key("x-write");
        Need::permission(if write { "library.book.update" } else { "library.book.read" })
    });
    assert_eq!(ask(&layer, &[SHOWN]).await.0, 200);
    played.with(|state| state.says = no("scope"));
    assert_eq!(ask(&layer, &[SHOWN, ("x-write", "1")]).await.0, 403);
    assert_eq!(ask(&layer, &[SHOWN]).await.0, StatusCode::OK.as_u16(), "each is kept apart");
}

#[tokio::test(start_paused = true)]
async fn no_spelling_of_a_header_names_somebody() {
    let (_played, layer) = scene(Need::anything()).await;
    for name in ["X_Chancery_Holder", "x-chancery_holder", "x_chancery-holder-id", "X-Chancery-"] {
        let seen = ask(&layer, &[SHOWN, (name, "root")]).await;
        assert_eq!(seen, (200, String::new(), "user authorization".into()), "{name}");
    }
    let near = ask(&layer, &[SHOWN, ("x-chancer", "1"), ("x-chanceryman", "1")]).await;
    assert_eq!(near.2, "user authorization x-chancer x-chanceryman");
}

#[tokio::test(start_paused = true)]
async fn the_authority_is_told_from_where_a_token_is_shown_if_the_service_says_so() {
    let (played, layer) = scene(Need::anything()).await;
    played.with(|state| (state.says["keep_ms"], state.says["slots"]) = (Value::Null, Value::Null));
    let told = layer.clone().address(|parts| {
        let said = parts.headers.get("x-forwarded-for")?;
        said.to_str().ok()?.parse().ok()
    });

    ask(&layer, &[SHOWN, ("x-forwarded-for", "10.1.2.3")]).await;
    ask(&told, &[SHOWN, ("x-forwarded-for", "10.1.2.3")]).await;
    ask(&told, &[SHOWN, ("x-forwarded-for", "2001:db8::1")]).await;
    ask(&told, &[SHOWN]).await;

    let address = |text: &str| text.parse().ok();
    let addresses = [None, address("10.1.2.3"), address("2001:db8::1"), None];
    assert_eq!(*played.addresses.lock(), addresses);
}
