//! The token object, its paths, and who may do what to it (contract sections 2, 3, 9 and 10).

use axum::http::Method;
use serde_json::{Value, json};
use testing::Caller;

use super::{Made, Scene, Told, made, statuses};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_token_has_its_fields_in_order_and_those_of_its_application_where_it_has_one() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let alice = scene.basic("alice");
    let bare = made(&alice, "/api/v2/tokens/", json!({})).await;
    let granted = made(&alice, "/api/v2/tokens/", json!({ "application": app.number })).await;
    let fields = [
        "id",
        "type",
        "url",
        "related",
        "summary_fields",
        "created",
        "modified",
        "description",
        "user",
        "token",
        "refresh_token",
        "application",
        "expires",
        "scope",
    ];
    for (token, related, summary) in [
        (&bare, &["user", "activity_stream"][..], &["user"][..]),
        (&granted, &["user", "application", "activity_stream"], &["user", "application"]),
    ] {
        assert_eq!(keys(&token.0), fields);
        assert_eq!(keys(&token.0["related"]), related);
        assert_eq!(keys(&token.0["summary_fields"]), summary);
        let user = &token.0["summary_fields"]["user"];
        assert_eq!(keys(user), ["id", "username", "first_name", "last_name"]);
        assert_eq!(token.0["scope"], "write", "what is usual");
    }
    assert_eq!((&bare.0["refresh_token"], &bare.0["application"]), (&Value::Null, &Value::Null));
    assert_eq!(keys(&granted.0["summary_fields"]["application"]), ["id", "name"]);
    let shown = alice.gets(&bare.url()).await.json();
    assert_eq!((&shown["token"], &shown["refresh_token"]), (&json!("************"), &Value::Null));
}

#[tokio::test]
async fn a_token_is_modified_by_a_change_and_not_by_its_use_or_by_the_same_again() {
    let scene = Scene::new().await;
    let token = scene.token("alice", "write").await;
    let alice = scene.stranger().bearer(&token.text("token"));
    let modified = async || alice.gets(&token.url()).await.json()["modified"].clone();
    scene.seconds(10).await;
    for body in
        [json!({}), json!({ "description": "made" }), json!({ "scope": "write", "nosuch": 1 })]
    {
        assert_eq!(alice.tells(Method::PATCH, &token.url(), &body).await.status, 200);
        assert_eq!(modified().await, "2026-01-01T12:00:00Z", "{body}");
    }
    alice.tells(Method::PATCH, &token.url(), &json!({ "description": "new" })).await;
    assert_eq!(modified().await, "2026-01-01T12:00:10Z");
    let used = alice.gets("/api/v2/tokens/?last_used__isnull=false").await.json();
    assert_eq!(used["count"], 1, "its use is noted, and can be asked for");
    assert!(used["results"][0].get("last_used").is_none(), "but is not shown");
}

/// One token of alice's without an application, and one of each of alice and bob with one.
async fn several(scene: &Scene) -> (i64, [Made; 3]) {
    let app = scene.application("app", json!({})).await;
    let (alice, bob) = (scene.basic("alice"), scene.basic("bob"));
    let granted = json!({ "application": app.number });
    let all = [
        made(&alice, "/api/v2/tokens/", json!({})).await,
        made(&alice, "/api/v2/tokens/", granted.clone()).await,
        made(&bob, "/api/v2/tokens/", granted).await,
    ];
    (app.number, all)
}

async fn listed(caller: &Caller, path: &str) -> Vec<i64> {
    let answer = caller.gets(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let json = answer.json();
    let results = json["results"].as_array().unwrap();
    assert_eq!(json["count"], results.len());
    results.iter().map(|one| one["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn each_list_shows_what_the_contract_says_to_whom_it_says() {
    let scene = Scene::new().await;
    let (app, all) = several(&scene).await;
    let [personal, alices, bobs] = all.map(|token| token.number());
    let alice = format!("/api/v2/users/{}", scene.id("alice").await);
    let app = format!("/api/v2/applications/{app}/tokens/");
    for (who, path, shown) in [
        ("alice", "/api/v2/tokens/".to_owned(), vec![personal, alices]),
        ("bob", "/api/v2/tokens/".to_owned(), vec![alices, bobs]),
        ("vera", "/api/v2/tokens/".to_owned(), vec![alices, bobs]),
        ("gina", "/api/v2/tokens/".to_owned(), vec![]),
        ("dave", "/api/v2/tokens/".to_owned(), vec![personal, alices, bobs]),
        ("root", "/api/v2/tokens/".to_owned(), vec![personal, alices, bobs]),
        ("alice", format!("{alice}/tokens/"), vec![personal, alices]),
        ("bob", format!("{alice}/tokens/"), vec![alices]),
        ("root", format!("{alice}/tokens/"), vec![personal, alices]),
        // The caller's own, whoever is named.
        ("alice", format!("{alice}/personal_tokens/"), vec![personal]),
        ("bob", format!("{alice}/personal_tokens/"), vec![]),
        ("root", format!("{alice}/personal_tokens/"), vec![]),
        ("bob", format!("{alice}/authorized_tokens/"), vec![bobs]),
        ("alice", format!("{alice}/authorized_tokens/"), vec![alices]),
        ("alice", app.clone(), vec![alices]),
        ("bob", app.clone(), vec![alices, bobs]),
        ("dave", app, vec![alices, bobs]),
    ] {
        assert_eq!(listed(&scene.basic(who), &path).await, shown, "{who} {path}");
    }
}

#[tokio::test]
async fn who_sees_a_token_is_as_in_the_table_and_the_rest_are_told_that_there_is_none() {
    let scene = Scene::new().await;
    let (_, [personal, granted, _]) = several(&scene).await;
    let missing = "No OAuth2AccessToken matches the given query.";
    for (who, of_personal, of_granted) in [
        ("alice", 200, 200),
        ("root", 200, 200),
        ("dave", 200, 200),
        ("bob", 404, 200),
        ("vera", 404, 200),
        ("gina", 404, 404),
        ("carol", 404, 404),
    ] {
        for (token, status) in [(&personal, of_personal), (&granted, of_granted)] {
            for path in [token.url(), format!("{}activity_stream/", token.url())] {
                let answer = scene.basic(who).gets(&path).await;
                assert_eq!(answer.status, status, "{who} {path}: {}", answer.body);
                assert!(status == 200 || answer.detail() == missing);
            }
        }
    }
}

#[tokio::test]
async fn a_token_is_posted_to_lists_only_and_its_faults_are_in_order() {
    let scene = Scene::new().await;
    let alice = scene.basic("alice");
    let token = scene.token("alice", "write").await;
    let post = alice.posts(&token.url(), &json!({})).await;
    assert_eq!(
        (post.status.as_u16(), post.detail().as_str()),
        (405, "Method \"POST\" not allowed.")
    );
    assert_eq!(post.header("allow"), "GET, PUT, PATCH, DELETE, HEAD, OPTIONS");
    let delete = alice.asks(Method::DELETE, "/api/v2/tokens/").await;
    assert_eq!((delete.status.as_u16(), delete.header("allow")), (405, "GET, POST, HEAD, OPTIONS"));
    // Whether one may write at all comes before whether there is anything (contract section 2).
    let reads = scene.bearer("alice", "read").await;
    let answers = [
        reads.asks(Method::DELETE, "/api/v2/tokens/9999/").await,
        reads.tells(Method::PATCH, "/api/v2/tokens/9999/", &json!({ "scope": "x" })).await,
        alice.asks(Method::DELETE, "/api/v2/tokens/9999/").await,
        alice.gets("/api/v2/tokens/abc/").await,
        alice.posts("/api/v2/users/9999/tokens/", &json!({})).await,
        scene.basic("root").posts("/api/v2/users/9999/tokens/", &json!({})).await,
    ];
    assert_eq!(statuses(&answers), [403, 403, 404, 404, 404, 404]);
    let authorized = format!("/api/v2/users/{}/authorized_tokens/", scene.id("alice").await);
    for (body, why) in [
        (json!({}), "This field is required."),
        (json!({ "application": null }), "This field may not be null."),
    ] {
        let answer = alice.posts(&authorized, &body).await;
        assert_eq!(answer.json(), json!({ "application": [why] }));
    }
    let odd =
        made(&alice, "/api/v2/tokens/", json!({ "description": 12.5, "scope": " write  read " }))
            .await;
    assert_eq!((odd.text("description"), odd.text("scope")), ("12.5".into(), "write read".into()));
    let null = alice.posts("/api/v2/tokens/", &json!({ "description": null })).await;
    assert_eq!(
        (null.json()["description"].clone(), null.header("location")),
        (json!(""), "/api/v2/tokens/4/")
    );
}

#[tokio::test]
async fn a_token_that_deletes_itself_is_dead_at_once_and_so_is_its_refresh_token() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let granted = json!({ "application": app.number });
    let token = made(&scene.basic("alice"), "/api/v2/tokens/", granted).await;
    let own = scene.stranger().bearer(&token.text("token"));
    let gone = own.asks(Method::DELETE, &token.url()).await;
    assert_eq!((gone.status.as_u16(), gone.body.as_str()), (204, ""));
    assert_eq!(own.asks(Method::DELETE, &token.url()).await.status, 401);
    let refreshed = scene.refresh(&app, &token.text("refresh_token")).await;
    assert_eq!(refreshed.json(), json!({ "error": "invalid_grant" }));
}

#[tokio::test]
async fn the_stream_of_a_token_tells_what_was_made_and_changed_and_masks_it() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let alice = scene.basic("alice");
    let body = json!({ "application": app.number, "scope": "write", "description": "one" });
    let token = made(&alice, "/api/v2/tokens/", body).await;
    for change in [
        json!({}),
        json!({ "description": "two", "scope": "read" }),
        json!({ "description": "two" }),
    ] {
        alice.tells(Method::PATCH, &token.url(), &change).await;
    }
    let stream = alice.gets(&format!("{}activity_stream/", token.url())).await.json();
    assert_eq!(stream["count"], 2, "nothing is said where nothing has changed");
    let [create, update] = [0, 1].map(|place| stream["results"][place].clone());
    assert_eq!(
        keys(&create),
        [
            "id",
            "type",
            "url",
            "related",
            "summary_fields",
            "timestamp",
            "operation",
            "changes",
            "object1",
            "object2",
            "object_association",
            "action_node",
            "object_type",
        ]
    );
    assert_eq!((&create["operation"], &update["operation"]), (&json!("create"), &json!("update")));
    let made = json!({
        "description": "one", "application": "app", "scope": "write", "id": token.number(),
        "token": "************",
    });
    assert_eq!(create["changes"], made);
    assert_eq!(
        update["changes"],
        json!({ "description": ["one", "two"], "scope": ["write", "read"] })
    );
    assert_eq!(update["summary_fields"]["actor"]["username"], "alice");
    assert_eq!(update["related"]["o_auth2_access_token"], json!([token.url()]));
    assert_eq!(
        (&update["object1"], &update["type"]),
        (&json!("o_auth2_access_token"), &json!("activity_stream"))
    );
}

#[tokio::test]
async fn a_deleted_token_is_told_of_without_a_link_and_a_clients_grant_has_no_actor() {
    let scene = Scene::new().await;
    let app = scene.application("app", json!({})).await;
    let token = scene.token("alice", "read").await;
    scene.basic("alice").asks(Method::DELETE, &token.url()).await;
    scene.pair(&app, "alice", "write").await;
    let root = scene.basic("root");
    let found = async |query: &str| {
        let path = format!("/api/v2/activity_stream/?object1=o_auth2_access_token&{query}");
        let answer = root.gets(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    };
    let deleted = found("operation=delete").await;
    assert_eq!(deleted["count"], 1);
    let item = &deleted["results"][0];
    assert!(item["related"].get("o_auth2_access_token").is_none(), "{item}");
    assert_eq!(item["changes"]["token"], "************");
    let granted = found("operation=create&order_by=-id&page_size=1").await["results"][0].clone();
    assert!(
        granted["related"].get("actor").is_none()
            && granted["summary_fields"].get("actor").is_none()
    );
    let item = root.gets(granted["url"].as_str().unwrap()).await;
    assert_eq!(item.json()["id"], granted["id"]);
    assert_eq!(root.gets("/api/v2/activity_stream/99999/").await.status, 404);
}
