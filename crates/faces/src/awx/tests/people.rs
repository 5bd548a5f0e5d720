//! Users, and the fields of everything (contract sections 6 to 8).

use axum::http::Method;
use serde_json::{Value, json};
use testing::PASSWORD;

use super::{MAY_NOT, Scene, Told, made, put_over};

pub(super) fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn each_object_has_its_fields_in_order() {
    let scene = Scene::new().await;
    let root = scene.basic("root");
    let team =
        made(&root, "/api/v2/teams/", json!({ "name": "dev", "organization": scene.acme })).await;
    let app = scene.application("app", json!({})).await;
    let usual = ["id", "type", "url", "related", "summary_fields", "created", "modified"];
    for (path, rest, named) in [
        (
            "/api/v2/users/alice/".to_owned(),
            "username first_name last_name email is_superuser is_system_auditor password ldap_dn \
             last_login external_account auth",
            "/api/v2/users/alice/",
        ),
        (
            format!("/api/v2/organizations/{}/", scene.acme),
            "name description max_hosts custom_virtualenv default_environment",
            "/api/v2/organizations/Acme/",
        ),
        (team.url(), "name description organization", "/api/v2/teams/dev++Acme/"),
        (
            format!("/api/v2/applications/{}/", app.number),
            "name description client_id client_secret client_type redirect_uris \
             authorization_grant_type skip_authorization organization",
            "/api/v2/applications/app++Acme/",
        ),
    ] {
        let shown = root.gets(&path).await.json();
        let all: Vec<&str> = usual.into_iter().chain(rest.split_whitespace()).collect();
        assert_eq!(keys(&shown), all, "{path}");
        assert_eq!(shown["related"]["named_url"], named);
        let number = shown["id"].as_i64().unwrap();
        let resource = path.split('/').nth(3).unwrap();
        let list = root.gets(&format!("/api/v2/{resource}/?id={number}")).await.json();
        assert!(list["results"][0]["related"].get("named_url").is_none(), "not in a list");
        assert_eq!(root.gets(named).await.number(), number);
    }
    let me = root.gets("/api/v2/me/").await.json();
    assert_eq!((&me["count"], me["results"][0]["related"].get("named_url")), (&json!(1), None));
    let public = json!({ "client_type": "public" });
    let public = scene.application("public", public).await;
    let path = format!("/api/v2/applications/{}/", public.number);
    assert_eq!(root.gets(&path).await.json().get("client_secret"), None);
}

#[tokio::test]
async fn what_is_wrong_with_a_user_is_said_field_by_field() {
    let scene = Scene::new().await;
    let root = scene.basic("root");
    let good = json!({ "username": "zoe", "password": PASSWORD });
    let odd_name = "Enter a valid username. This value may contain only letters, numbers, and \
                    @/./+/-/_ characters.";
    let long = "Ensure this field has no more than 150 characters.";
    for (more, field, why) in [
        (json!({ "username": "" }), "username", "This field may not be blank."),
        (json!({ "username": null }), "username", "This field may not be null."),
        (json!({ "username": [] }), "username", "Not a valid string."),
        (json!({ "username": "a b" }), "username", odd_name),
        (json!({ "username": "a/b" }), "username", odd_name),
        (json!({ "username": "a\u{200b}b" }), "username", odd_name),
        (json!({ "username": "ALICE" }), "username", "A user with that username already exists."),
        (json!({ "username": "a".repeat(151) }), "username", long),
        (json!({ "first_name": "a".repeat(151) }), "first_name", long),
        (json!({ "last_name": null }), "last_name", "This field may not be null."),
        (json!({ "email": "no" }), "email", "Enter a valid email address."),
        (json!({ "email": "a@b@c.test" }), "email", "Enter a valid email address."),
        (json!({ "is_superuser": "maybe" }), "is_superuser", "Must be a valid boolean."),
        (json!({ "is_superuser": null }), "is_superuser", "This field may not be null."),
        (json!({ "is_system_auditor": {} }), "is_system_auditor", "Must be a valid boolean."),
        (json!({ "password": "" }), "password", "This field may not be blank."),
    ] {
        let mut body = good.clone();
        put_over(&mut body, more.clone());
        let answer = root.posts("/api/v2/users/", &body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (400, json!({ field: [why] })),
            "{more}"
        );
    }
    let none = root.posts("/api/v2/users/", &json!({})).await.json();
    assert_eq!(none["username"], json!(["This field is required."]));
    assert_eq!(none["password"], json!(["Password required for new User."]));
    let taken = json!({ "username": "new", "password": PASSWORD, "email": "ALICE@corp.test" });
    assert_eq!(root.posts("/api/v2/users/", &taken).await.status, 400);
    let zoe =
        made(&root, "/api/v2/users/", json!({ "username": "z.o+e-_@1", "password": PASSWORD }))
            .await;
    assert_eq!(zoe.0["related"]["named_url"], "/api/v2/users/z.o[+]e-_%401/");
    assert_eq!((&zoe.0["password"], &zoe.0["modified"]), (&json!("$encrypted$"), &Value::Null));
}

#[tokio::test]
async fn oneself_may_be_changed_but_for_name_and_marks_and_not_deleted() {
    let scene = Scene::new().await;
    let (alice, path) =
        (scene.basic("alice"), format!("/api/v2/users/{}/", scene.id("alice").await));
    let told = async |body: Value| {
        let answer = alice.tells(Method::PATCH, &path, &body).await;
        (answer.status.as_u16(), answer.detail())
    };
    assert_eq!(told(json!({ "first_name": "Alice", "username": "alice" })).await.0, 200);
    assert_eq!(
        told(json!({ "username": "alice2" })).await,
        (403, "Cannot change username.".into())
    );
    assert_eq!(told(json!({ "is_superuser": true })).await, (403, MAY_NOT.to_owned()));
    assert_eq!(told(json!({ "is_system_auditor": true })).await, (403, MAY_NOT.to_owned()));
    assert_eq!(told(json!({ "is_superuser": false, "id": 9, "nosuch": 1 })).await.0, 200);
    let deleted = alice.asks(Method::DELETE, &path).await;
    assert_eq!((deleted.status.as_u16(), deleted.detail().as_str()), (403, MAY_NOT));
    let put = alice.tells(Method::PUT, &path, &json!({ "first_name": "A" })).await;
    assert_eq!(put.json(), json!({ "username": ["This field is required."] }));
    let post = alice.posts(&path, &json!({})).await;
    assert_eq!(post.status, 405);
}

#[tokio::test]
async fn who_sees_whom_is_as_the_contract_says() {
    let scene = Scene::new().await;
    for (who, seen) in [
        ("carol", &["carol", "root"][..]),
        ("gus", &["gus", "root"]),
        ("alice", &["alice", "root"]),
        ("bob", &["alice", "bob", "carol", "dave", "gina", "gus", "root", "vera"]),
        ("vera", &["alice", "bob", "carol", "dave", "gina", "gus", "root", "vera"]),
        ("dave", &["alice", "bob", "carol", "dave", "gina", "gus", "root", "vera"]),
    ] {
        let list = scene.basic(who).gets("/api/v2/users/").await.json();
        let all = list["results"].as_array().unwrap();
        let names: Vec<&str> = all.iter().map(|one| one["username"].as_str().unwrap()).collect();
        assert_eq!(names, seen, "{who}");
    }
    // An admin who is not a member is not seen by members (contract section 6).
    let missing = scene.basic("alice").gets("/api/v2/users/bob/").await;
    assert_eq!(
        (missing.status.as_u16(), missing.detail().as_str()),
        (404, "No User matches the given query.")
    );
    let seat = format!("/api/v2/organizations/{}/users/", scene.acme);
    let bob = json!({ "id": scene.id("bob").await });
    assert_eq!(scene.basic("bob").posts(&seat, &bob).await.status, 204);
    assert_eq!(scene.basic("alice").gets("/api/v2/users/bob/").await.status, 200);
}
