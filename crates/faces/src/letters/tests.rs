//! From a letter to a page, and back in.

use authority::account::{Login, Registration};
use axum::http::Method;
use testing::{Caller, PASSWORD, World};

use super::face;
use crate::kit::Context;

const ANOTHER: &str = "blue heron in a rowing boat";

fn reader(world: &World) -> Caller {
    let context = Context::of(world.authority.clone());
    world.caller(face(&context).router)
}

async fn enters(world: &World, login: &str, password: &str) -> bool {
    let login = Login { login, password, code: None };
    world.authority.log_in(login, None, false, &World::door()).await.is_ok()
}

#[tokio::test]
async fn whoever_registers_is_led_to_a_page_that_confirms() {
    let world = World::new().await;
    let email = "bob@corp.test";
    let wish = Registration { email, password: PASSWORD, first_name: "", last_name: "" };
    world.authority.register(wish, &World::door()).await.unwrap();
    let letter = world.tray.next().await.text;
    let (_, rest) = letter.split_once("http://127.0.0.1:8700").unwrap();
    let (path, rest) = rest.split_once("#token=").unwrap();
    let secret = rest.split_whitespace().next().unwrap();

    let reader = reader(&world);
    let page = reader.gets(path).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(&format!("action=\"{path}\"")), "{}", page.body);
    let done = reader.fills(path, &format!("token={secret}")).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert!(enters(&world, email, PASSWORD).await);
    assert_eq!(reader.fills(path, &format!("token={secret}")).await.status, 400);
}

#[tokio::test]
async fn whoever_forgot_the_password_is_led_to_a_page_that_sets_one() {
    let world = World::new().await;
    let reader = reader(&world);
    world.authority.forgot_password("root@corp.test", &World::door()).await.unwrap();
    let secret = world.tray.next_link().await;
    let form = |password: &str| format!("token={secret}&password={}", password.replace(' ', "+"));
    assert_eq!(reader.gets("/password").await.status, 200);
    let refused = reader.fills("/password", &form("short")).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("too short"), "{}", refused.body);
    assert_eq!(reader.fills("/password", &form(ANOTHER)).await.status, 200, "the link is unspent");
    assert!(enters(&world, "root", ANOTHER).await);
    assert!(!enters(&world, "root", PASSWORD).await);
}

#[tokio::test]
async fn pages_repeat_nothing_load_nothing_from_elsewhere_and_stand_in_no_frame() {
    let world = World::new().await;
    let reader = reader(&world);
    let canary = "canary%3Cscript%3E";
    for path in ["/confirm", "/password"] {
        for form in [format!("token={canary}"), format!("{canary}=1"), "a=1&a=2".to_owned()] {
            let answer = reader.fills(path, &form).await;
            assert_eq!(answer.status, 400);
            assert!(!answer.body.contains("canary"), "{}", answer.body);
        }
        let answer = reader.gets(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'")
        );
        assert_eq!(answer.header("cache-control"), "no-store");
        let json = reader.tells(Method::POST, path, &serde_json::json!({})).await;
        assert_eq!(json.status, 415);
    }
    assert!(reader.gets("/letters.js").await.body.contains("location.hash"));
    assert_eq!(reader.gets("/letters.css").await.status, 200);
}

#[tokio::test]
async fn an_outage_is_no_spent_link() {
    let world = World::new().await;
    let reader = reader(&world);
    world.authority.forgot_password("root@corp.test", &World::door()).await.unwrap();
    let form = format!("token={}&password={ANOTHER}", world.tray.next_link().await);
    let form = form.replace(' ', "+");
    world.break_storage();
    let answer = reader.fills("/password", &form).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "1");
    world.mend_storage();
    assert_eq!(reader.fills("/password", &form).await.status, 200);
}
