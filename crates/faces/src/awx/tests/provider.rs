//! What the provider answers, whoever asks (contract section 4; attack book, A122).

use axum::http::Method;
use serde_json::json;

use super::grants::is_over;
use super::{Application, Made, Scene, statuses};

#[tokio::test]
async fn a122_a_client_gives_back_its_own_and_learns_nothing_of_others() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let other = scene.application("other", json!({})).await;
    let pair = scene.pair(&app, "alice", "write").await;
    let personal = scene.token("alice", "write").await.text("token");
    let give = async |of: &Application, form: &str| {
        scene.client(of).fills("/api/o/revoke_token/", form).await
    };
    for token in [&pair.access, &pair.refresh, &personal, &app.secret, "nonsense", "%00", "a b"] {
        for hint in ["", "&token_type_hint=access_token", "&token_type_hint=bogus"] {
            let answer = give(&other, &format!("token={token}{hint}")).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
        }
    }
    assert!(scene.is_live(&pair.access).await && scene.is_live(&personal).await);
    assert_eq!(give(&app, &format!("token={personal}")).await.status, 200);
    assert!(scene.is_live(&personal).await, "it was not made through a client");
    let wrong = format!("token={}&token_type_hint=access_token", pair.refresh);
    assert_eq!(give(&app, &wrong).await.status, 200);
    assert!(is_over(&scene, &app, &pair).await, "a hint is only a hint");
    let missing = give(&app, "token_type_hint=access_token").await;
    assert_eq!((missing.status.as_u16(), missing.body.as_str()), (400, "Missing token parameter."));
    let query = format!("/api/o/revoke_token/?token={personal}");
    let unknown = [
        scene.stranger().fills("/api/o/revoke_token/", "token=x").await,
        scene.stranger().bearer(&personal).fills("/api/o/revoke_token/", "token=x").await,
        scene.basic("alice").fills("/api/o/revoke_token/", "token=x").await,
        scene.client(&app).fills(&query, "").await,
    ];
    assert_eq!(statuses(&unknown), [401, 401, 401, 400]);
}

#[tokio::test]
async fn a122_a_public_client_is_known_by_its_id_alone_and_a_confidential_one_is_not() {
    let scene = Scene::new().await;
    let public = scene.application("public", json!({ "client_type": "public" })).await;
    let app = scene.application("app", json!({})).await;
    let asked = async |id: &str, more: &str| {
        let password = super::quoted(testing::PASSWORD);
        let form =
            format!("grant_type=password&username=alice&password={password}&client_id={id}{more}");
        scene.stranger().fills("/api/o/token/", &form).await
    };
    assert_eq!(asked(&public.id, "").await.status, 200);
    let secret = format!("&client_secret={}", app.secret);
    let answers = [
        asked(&app.id, "").await,
        asked(&app.id, "&client_secret=").await,
        asked(&app.id, "&client_secret=wrong").await,
        asked(&app.id, &format!("&client_secret={}", &app.secret[..40])).await,
        asked(&app.id.to_uppercase(), &secret).await,
        asked(&app.number.to_string(), &secret).await,
        asked("%00", &secret).await,
        asked("", &secret).await,
    ];
    assert_eq!(statuses(&answers), [401; 8]);
    for answer in &answers {
        assert_eq!(answer.body, "{\"error\": \"invalid_client\"}");
        assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_client\"");
    }
    assert_eq!(asked(&app.id, &secret).await.status, 200);
}

#[tokio::test]
async fn a_pair_is_as_the_contract_spells_it_and_no_cache_keeps_it() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let form =
        format!("grant_type=password&username=alice&password={}", super::quoted(testing::PASSWORD));
    let answer = scene.grant(&app, &form).await;
    let made = Made(answer.json());
    let (access, refresh) = (made.text("access_token"), made.text("refresh_token"));
    assert_eq!(
        answer.body,
        format!(
            "{{\"access_token\": \"{access}\", \"expires_in\": 31622400, \"token_type\": \"Bearer\", \
             \"scope\": \"read write\", \"refresh_token\": \"{refresh}\"}}"
        )
    );
    for (name, value) in [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
    ] {
        assert_eq!(answer.header(name), value);
    }
    for path in ["/api/o/token/", "/api/o/revoke_token/"] {
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD] {
            let answer = scene.client(&app).asks(method, path).await;
            assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST, OPTIONS"));
            assert_eq!(answer.body, "");
        }
    }
    let odd = [
        ("/api/o/token/?grant_type=password", form.as_str()),
        ("/api/o/token/?x=1", form.as_str()),
        ("/api/o/token/", "grant_type=password&grant_type=refresh_token"),
        ("/api/o/token/", "grant_type=password&username=alice&username=gus&password=x"),
    ];
    for (path, form) in odd {
        let answer = scene.client(&app).fills(path, form).await;
        assert_eq!(answer.json()["error"], "invalid_request", "{path} {form}");
    }
}
