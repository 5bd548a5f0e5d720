//! The gateway's rules.

use authority::rules::RuleSet;
use axum::http::Method;
use serde_json::{Value, json};

use super::{Scene, code, path, scoped};

const SHOP: &str = r#"
described_by = ["x-original"]
[[rule]]
paths = ["/health"]
public = true
[[rule]]
hosts = ["api.example.com"]
paths = ["/orders/**"]
methods = ["POST"]
permission = "shop.order.create"
audience = "https://api.example.com"
kinds = ["api_key"]
"#;

#[tokio::test]
async fn rules_are_put_shown_and_taken_away() {
    let scene = Scene::new().await;
    let root = scene.caller("root").await;
    let rules = path("/rules");
    let none = json!({ "source": "none", "stale": false, "set": null });
    assert_eq!(root.gets(&rules).await.json(), none);

    let put = root.tells(Method::PUT, &rules, &json!({ "text": SHOP })).await;
    assert_eq!(put.status, 200);
    let mut shown = root.gets(&rules).await.json();
    assert_eq!(put.json(), shown);
    let sha256 = shown["set"]["sha256"].take();
    assert_eq!(sha256.as_str().map(str::len), Some(64));
    assert!(shown["set"]["loaded_at"].take().is_string());
    let expected = json!({
        "source": "database",
        "stale": false,
        "set": {
            "sha256": null,
            "loaded_at": null,
            "described_by": ["x-original"],
            "otherwise": "refuse",
            "tell": ["token", "holder", "holder-id", "holder-name", "organization", "scopes", "expires"],
            "rules": [
                { "hosts": [], "paths": ["/health"], "methods": [], "needs": null },
                {
                    "hosts": ["api.example.com"],
                    "paths": ["/orders/**"],
                    "methods": ["POST"],
                    "needs": {
                        "permission": "shop.order.create",
                        "audience": "https://api.example.com",
                        "kinds": ["api_key"],
                    },
                },
            ],
            "text": SHOP,
        },
    });
    assert_eq!(shown, expected);

    assert_eq!(root.tells(Method::DELETE, &rules, &json!({})).await.json(), none);
}

#[tokio::test]
async fn who_may_change_rules_and_not_see_them_is_told_what_holds() {
    let scene = Scene::new().await;
    let wish = scoped("authority.installation.update");
    let deploying = scene.bearer(&scene.world.personal("root", wish).await);
    let rules = path("/rules");
    let put = deploying.tells(Method::PUT, &rules, &json!({ "text": SHOP })).await;
    assert_eq!((put.status.as_u16(), &put.json()["set"]["text"]), (200, &json!(SHOP)));
    assert_eq!(deploying.gets(&rules).await.status, 403);
    let dropped = deploying.tells(Method::DELETE, &rules, &json!({})).await;
    assert_eq!((dropped.status.as_u16(), &dropped.json()["set"]), (200, &Value::Null));
}

#[tokio::test]
async fn rules_with_faults_are_refused_and_all_of_them_are_told() {
    let scene = Scene::new().await;
    let root = scene.caller("root").await;
    let text = "[[rule]]\npaths = [\"/%61\"]\npublic = true";
    let refused = root.tells(Method::PUT, &path("/rules"), &json!({ "text": text })).await;
    assert_eq!((refused.status.as_u16(), code(&refused)), (400, "invalid".to_owned()));
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("described_by: one or more") && detail.contains("`/a`"), "{detail}");
}

#[tokio::test]
async fn where_rules_are_in_a_file_they_are_not_put() {
    let scene = Scene::new().await;
    let root = scene.caller("root").await;
    scene.world.authority.set_rules(RuleSet::parse(SHOP).unwrap());
    let put = root.tells(Method::PUT, &path("/rules"), &json!({ "text": SHOP })).await;
    assert_eq!((put.status.as_u16(), code(&put)), (409, "conflict".to_owned()));
    assert_eq!(root.gets(&path("/rules")).await.json()["source"], "file");
    scene.world.authority.doubt_rules();
    assert_eq!(root.gets(&path("/rules")).await.json()["stale"], true);
}

#[tokio::test]
async fn a_request_is_explained_by_the_rules_that_hold() {
    let scene = Scene::new().await;
    let root = scene.caller("root").await;
    let test = path("/rules/test");
    let asked = |method: &str, url: &str| json!({ "method": method, "url": url });
    let none = root.posts(&test, &asked("GET", "https://api.example.com/health")).await;
    assert_eq!(none.status, 404, "there are no rules");

    root.tells(Method::PUT, &path("/rules"), &json!({ "text": SHOP })).await;
    let explained = async |method: &str, url: &str| -> Value {
        root.posts(&test, &asked(method, url)).await.json()
    };
    let public = explained("GET", "https://API.example.com:8443/%68ealth?x").await;
    let compared = json!({ "method": "GET", "host": "api.example.com", "path": "/health" });
    assert_eq!(
        public,
        json!({
            "ruling": "public", "rule": 1, "needs": null, "refused": null, "ambiguous": false,
            "detail": null, "compared": compared,
        })
    );
    let token = explained("POST", "https://api.example.com/orders/7").await;
    assert_eq!((&token["ruling"], &token["rule"]), (&json!("token"), &json!(2)));
    assert_eq!(token["needs"]["permission"], "shop.order.create");
    let refused = explained("GET", "https://api.example.com/orders/7").await;
    assert_eq!((&refused["ruling"], &refused["refused"]), (&json!("refused"), &json!("no_rule")));
    assert_eq!(refused["ambiguous"], false);
    let ambiguous = explained("GET", "https://api.example.com/health/../orders").await;
    assert_eq!(
        ambiguous,
        json!({
            "ruling": "refused", "rule": null, "needs": null, "refused": "dot_segment",
            "ambiguous": true, "detail": "the path has a segment . or ..", "compared": null,
        })
    );
    for url in ["/health", "ftp://api.example.com/", ""] {
        assert_eq!(root.posts(&test, &asked("GET", url)).await.status, 400, "{url}");
    }
}
