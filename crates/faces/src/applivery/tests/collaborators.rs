//! Collaborators: who is one, as what, and in which groups (contract, section 4).

use authority::permission::Role;
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{Scene, all_told, data, told};

pub(super) const COLLABORATORS: &str = "/v1/organizations/acme/collaborators";
const INVITE: &str = "/v1/organizations/acme/oem/users";

/// Invites somebody and gives the id.
pub(super) async fn invited(scene: &Scene, body: Value) -> String {
    let answer = scene.person("alice").await.posts(INVITE, &body).await;
    data(&answer)["id"].as_str().unwrap().to_owned()
}

/// The groups of Acme.
async fn groups(scene: &Scene) -> Vec<String> {
    let path = format!("{COLLABORATORS}/groups?sort=value");
    let found = data(&scene.person("alice").await.gets(&path).await);
    let value = |group: &Value| group["value"].as_str().unwrap().to_owned();
    found["items"].as_array().unwrap().iter().map(value).collect()
}

#[tokio::test]
async fn a_collaborator_is_invited_without_a_role_and_with_groups() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let body = json!({
        "email": "carol@corp.test", "firstName": "Carol", "lastName": "Clay", "tags": ["beta", "qa"],
    });
    assert_snapshot!(alice.says(Method::POST, INVITE, &body).await, @r#"
    POST /v1/organizations/acme/oem/users
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "id": "695661c00000000000000003",
        "organization": "695661c00000000000000002",
        "role": "unassigned",
        "tags": [
          "beta",
          "qa"
        ],
        "user": {
          "id": "695661c00000000000000003",
          "email": "carol@corp.test",
          "firstName": "Carol",
          "lastName": "Clay",
          "picture": null,
          "role": "unassigned",
          "ssoUser": false
        },
        "updatedAt": "2026-01-01T12:00:00.000Z",
        "createdAt": "2026-01-01T12:00:00.000Z"
      }
    }
    "#);
    assert!(scene.world.tray.next().await.subject.contains("invited"));
    assert_snapshot!(alice.posts(INVITE, &body).await.transcript(), @r#"
    409 Conflict
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 5002,
        "message": "Already exists",
        "data": {
          "field": "email"
        }
      }
    }
    "#);
    assert_eq!(groups(&scene).await, ["beta", "qa"]);
}

#[tokio::test]
async fn an_invitation_that_is_refused_does_nothing() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let long = "a".repeat(201);
    let many: Vec<String> = (0..101).map(|n| format!("tag {n}")).collect();
    for body in [
        json!({}),
        json!({ "email": "no address" }),
        json!({ "email": ["carol@corp.test"] }),
        json!({ "email": "carol@corp.test", "tags": [""] }),
        json!({ "email": "carol@corp.test", "tags": [long] }),
        json!({ "email": "carol@corp.test", "tags": many }),
        json!({ "email": "carol@corp.test", "tags": "qa" }),
        json!({ "email": "carol@corp.test", "firstName": "a\u{7}" }),
    ] {
        assert_eq!(told(&alice.posts(INVITE, &body).await), (400, 5001), "{body}");
    }
    let editor = scene.member("ed", Role::Editor).await;
    let body = json!({ "email": "carol@corp.test" });
    assert_eq!(told(&editor.posts(INVITE, &body).await), (403, 4003));
    assert_eq!(scene.count("user.invite").await, 0);
    assert_eq!(scene.world.tray.count(), 0);
    assert_eq!(groups(&scene).await, [""; 0]);
}

#[tokio::test]
async fn an_invitation_that_is_repeated_sends_no_second_letter() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let body = json!({ "email": "carol@corp.test" });
    assert_eq!(alice.posts(INVITE, &body).await.status, 200);
    let before = (scene.world.tray.count(), scene.count("link.mail").await);
    assert_eq!(before, (1, 1));
    assert_eq!(told(&alice.posts(INVITE, &body).await), (409, 5002));
    assert_eq!((scene.world.tray.count(), scene.count("link.mail").await), before);
}

#[tokio::test]
async fn a_collaborator_gets_another_role_and_other_groups() {
    let scene = Scene::new().await;
    let carol = invited(&scene, json!({ "email": "carol@corp.test", "tags": ["qa"] })).await;
    let path = format!("{COLLABORATORS}/{carol}");
    let alice = scene.person("alice").await;
    let body = json!({ "tags": ["beta", "beta", "alpha"], "role": "editor" });
    assert_snapshot!(alice.says(Method::PUT, &path, &body).await, @r#"
    PUT /v1/organizations/acme/collaborators/695661c00000000000000003
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "id": "695661c00000000000000003",
        "organization": "695661c00000000000000002",
        "role": "editor",
        "tags": [
          "alpha",
          "beta"
        ],
        "user": {
          "id": "695661c00000000000000003",
          "email": "carol@corp.test",
          "firstName": "",
          "lastName": "",
          "picture": null,
          "role": "editor",
          "ssoUser": false
        },
        "updatedAt": "2026-01-01T12:00:00.000Z",
        "createdAt": "2026-01-01T12:00:00.000Z"
      }
    }
    "#);
    let put = async |body: Value| {
        let shown = data(&alice.tells(Method::PUT, &path, &body).await);
        (shown["role"].clone(), shown["tags"].clone())
    };
    assert_eq!(put(json!({ "role": "viewer" })).await, (json!("viewer"), json!(["alpha", "beta"])));
    assert_eq!(put(json!({ "tags": ["alpha"] })).await, (json!("viewer"), json!(["alpha"])));
    assert_eq!(put(json!({ "tags": [] })).await, (json!("viewer"), json!([])));
    assert_eq!(put(json!({})).await, (json!("viewer"), json!([])));
    for body in [json!({ "role": "auditor" }), json!({ "role": "boss" }), json!({ "tags": [1] })] {
        assert_eq!(told(&alice.tells(Method::PUT, &path, &body).await), (400, 5001), "{body}");
    }
}

#[tokio::test]
async fn nobody_gives_or_takes_a_role_that_they_do_not_command() {
    let scene = Scene::new().await;
    let admin = scene.member("ad", Role::Admin).await;
    let editor = scene.member("ed", Role::Editor).await;
    let list = data(&admin.gets(&format!("{COLLABORATORS}?sort=email")).await);
    let id = |place: usize| list["items"][place]["id"].as_str().unwrap().to_owned();
    let (own, alice) = (id(0), id(1));
    let put = async |caller: &testing::Caller, id: &str, body: Value| {
        caller.tells(Method::PUT, &format!("{COLLABORATORS}/{id}"), &body).await
    };
    let answers = [
        put(&admin, &own, json!({ "role": "owner" })).await,
        put(&admin, &alice, json!({ "role": "viewer" })).await,
        put(&editor, &own, json!({ "role": "viewer" })).await,
        put(&editor, &own, json!({ "tags": ["qa"] })).await,
    ];
    assert_eq!(all_told(&answers), [(403, 4003); 4]);
    assert_eq!(scene.count("member.role").await, 0);
    assert_eq!(scene.count("member.groups").await, 0);
}

#[tokio::test]
async fn an_auditor_who_is_sent_back_as_shown_stays_an_auditor() {
    let scene = Scene::new().await;
    scene.member("ada", Role::Auditor).await;
    let alice = scene.person("alice").await;
    let found = data(&alice.gets(&format!("{COLLABORATORS}?sort=id:desc&limit=1")).await);
    let ada = &found["items"][0];
    assert_eq!((&ada["user"]["email"], &ada["role"]), (&json!("ada@corp.test"), &json!("viewer")));
    let one = format!("{COLLABORATORS}/{}", ada["id"].as_str().unwrap());
    let body = json!({ "role": "viewer", "tags": ["qa"] });
    assert_eq!(data(&alice.tells(Method::PUT, &one, &body).await)["tags"], json!(["qa"]));
    let tokens = "/v1/organizations/acme/apps/shop/tokens";
    assert_eq!(scene.person("ada").await.gets(tokens).await.status, 200, "a viewer sees none");
    let refused = scene.person("ada").await.tells(Method::PUT, &one, &body).await;
    assert_eq!(refused.status, 403, "nor does anybody give themselves what they are");
}

#[tokio::test]
async fn a_role_and_groups_change_both_or_neither() {
    let scene = Scene::new().await;
    scene.member("eve", Role::Viewer).await;
    let alice = scene.person("alice").await;
    let found = data(&alice.gets(&format!("{COLLABORATORS}?sort=id:desc&limit=1")).await);
    let one = format!("{COLLABORATORS}/{}", found["items"][0]["id"].as_str().unwrap());
    let roles = scene.key_for("read authority.member.update").await;
    for tags in [json!([]), json!(["qa"])] {
        let body = json!({ "role": "editor", "tags": tags });
        assert_eq!(roles.tells(Method::PUT, &one, &body).await.status, 403);
    }
    let groups = scene.key_for("read authority.group.update").await;
    let body = json!({ "role": "editor", "tags": ["qa"] });
    assert_eq!(groups.tells(Method::PUT, &one, &body).await.status, 403);
    let now = data(&alice.gets(&format!("{COLLABORATORS}?sort=id:desc&limit=1")).await);
    assert_eq!(
        (&now["items"][0]["role"], &now["items"][0]["tags"]),
        (&json!("viewer"), &json!([]))
    );
    assert_eq!(scene.count("member.role").await + scene.count("member.groups").await, 0);
    assert_eq!(alice.tells(Method::PUT, &one, &body).await.status, 200);
}
