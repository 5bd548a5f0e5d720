//! Organizations, teams, roles and applications (contract sections 7 and 8).

use serde_json::json;
use testing::PASSWORD;

use super::people::keys;
use super::{Scene, made, put_over, statuses};

#[tokio::test]
async fn seats_are_given_and_taken_one_by_one() {
    let scene = Scene::new().await;
    let root = scene.basic("root");
    let place = format!("/api/v2/organizations/{}", scene.acme);
    let carol = scene.id("carol").await;
    let has = async |list: &str| {
        let all = root.gets(&format!("{place}/{list}/?username=carol")).await.json();
        all["count"] == 1
    };
    let put = async |list: &str, gone: bool| {
        let body = json!({ "id": carol, "disassociate": gone });
        root.posts(&format!("{place}/{list}/"), &body).await.status.as_u16()
    };
    for _ in 0..2 {
        assert_eq!(put("users", false).await, 204, "twice is no fault");
        assert!(has("users").await && !has("admins").await);
    }
    assert_eq!(put("admins", false).await, 204);
    assert_eq!(put("users", true).await, 204);
    assert!(!has("users").await && has("admins").await, "an admin need not be a member");
    for _ in 0..2 {
        assert_eq!(put("admins", true).await, 204);
        assert!(!has("users").await && !has("admins").await);
    }
    for list in ["users", "admins"] {
        let path = format!("{place}/{list}/");
        for (body, told) in [
            (
                json!({ "disassociate": true }),
                json!({ "msg": "\"id\" is required to disassociate" }),
            ),
            (json!({ "id": "6" }), json!({ "msg": "\"id\" field must be an integer." })),
            (json!({ "id": 1.5 }), json!({ "msg": "\"id\" field must be an integer." })),
            (json!({ "id": [1] }), json!({ "msg": "\"id\" field must be an integer." })),
            (json!({ "id": 9999 }), json!({ "detail": "User matching query does not exist." })),
            (json!({ "id": -1 }), json!({ "detail": "User matching query does not exist." })),
        ] {
            let answer = root.posts(&path, &body).await;
            assert_eq!((answer.status.as_u16(), answer.json()), (400, told), "{body}");
        }
    }
    let new = json!({ "username": "newbie", "password": PASSWORD });
    made(&scene.basic("bob"), &format!("{place}/users/"), new).await;
    let list = root.gets(&format!("{place}/users/?username=newbie")).await.json();
    assert_eq!(list["count"], 1, "one who is made there is there");
}

#[tokio::test]
async fn a_role_stands_for_a_seat() {
    let scene = Scene::new().await;
    let (bob, carol) = (scene.basic("bob"), scene.id("carol").await);
    let member = scene.role(scene.acme, "member_role").await;
    let path = format!("/api/v2/users/{carol}/roles/");
    for body in [json!({ "id": member, "associate": true }), json!({ "id": member })] {
        let answer = bob.posts(&path, &body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("warning").starts_with("299 ")),
            (204, true)
        );
        let listed = bob.gets(&path).await.json();
        assert_eq!((&listed["count"], &listed["results"][0]["id"]), (&json!(1), &json!(member)));
    }
    let gone = json!({ "id": member, "disassociate": true });
    assert_eq!(bob.posts(&path, &gone).await.status, 204);
    assert_eq!(bob.gets(&path).await.json()["count"], 0);
    let read = scene.role(scene.acme, "read_role").await;
    for (body, told) in [
        (json!({}), json!({ "msg": "Role \"id\" field is missing." })),
        (json!({ "id": "x" }), json!({ "msg": "\"id\" field must be an integer." })),
        (json!({ "id": 0 }), json!({ "detail": "Role matching query does not exist." })),
        (json!({ "id": -32 }), json!({ "detail": "Role matching query does not exist." })),
        (json!({ "id": i64::MAX }), json!({ "detail": "Role matching query does not exist." })),
        (json!({ "id": i64::MIN }), json!({ "detail": "Role matching query does not exist." })),
    ] {
        let answer = bob.posts(&path, &body).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (400, told), "{body}");
    }
    assert_eq!(bob.posts(&path, &json!({ "id": read })).await.status, 400);
    let role = bob.gets(&format!("/api/v2/roles/{member}/")).await.json();
    assert_eq!(role["summary_fields"]["resource_name"], "Acme");
    assert_eq!(bob.gets("/api/v2/roles/0/").await.status, 404);
    assert_eq!(scene.basic("carol").gets(&format!("/api/v2/roles/{member}/")).await.status, 404);
}

#[tokio::test]
async fn names_of_organizations_and_teams_are_taken_once() {
    let scene = Scene::new().await;
    let (root, bob) = (scene.basic("root"), scene.basic("bob"));
    let organization = root.posts("/api/v2/organizations/", &json!({ "name": "Acme" })).await;
    assert_eq!(organization.status.as_u16(), 400);
    let told = "Organization with this Name already exists.";
    assert_eq!(organization.json(), json!({ "name": [told] }));
    let team = json!({ "name": "dev", "organization": scene.acme });
    made(&bob, "/api/v2/teams/", team.clone()).await;
    let again = bob.posts("/api/v2/teams/", &team).await.json();
    assert_eq!(
        again,
        json!({ "__all__": ["Team with this Organization and Name already exists."] })
    );
    let elsewhere = json!({ "name": "dev", "organization": scene.globex });
    made(&scene.basic("gina"), "/api/v2/teams/", elsewhere).await;
    let homeless = bob.posts("/api/v2/teams/", &json!({ "name": "x" })).await;
    assert_eq!(homeless.status, 403, "permission is asked before the value is judged");
    for (body, field) in [
        (json!({ "organization": scene.acme }), "name"),
        (json!({ "name": "", "organization": scene.acme }), "name"),
        (json!({ "name": "x" }), "organization"),
        (json!({ "name": "x", "organization": null }), "organization"),
        (json!({ "name": "x", "organization": "y" }), "organization"),
    ] {
        let answer = root.posts("/api/v2/teams/", &body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(keys(&answer.json()), [field], "{body}");
    }
    let answers = [
        scene
            .basic("alice")
            .posts("/api/v2/teams/", &json!({ "name": "x", "organization": scene.acme }))
            .await,
        scene.basic("alice").posts("/api/v2/organizations/", &json!({ "name": "X" })).await,
        bob.posts("/api/v2/organizations/", &json!({ "name": "X" })).await,
    ];
    assert_eq!(statuses(&answers), [403; 3]);
}

#[tokio::test]
async fn what_is_wrong_with_an_application_is_said_and_ten_of_its_tokens_are_shown() {
    let scene = Scene::new().await;
    let root = scene.basic("root");
    let good = json!({
        "name": "app", "organization": scene.acme, "client_type": "confidential",
        "authorization_grant_type": "password",
    });
    for (more, field, why) in [
        (
            json!({ "authorization_grant_type": "implicit" }),
            "authorization_grant_type",
            "\"implicit\" is not a valid choice.",
        ),
        (json!({ "client_type": null }), "client_type", "This field may not be null."),
        (json!({ "client_type": 1 }), "client_type", "\"1\" is not a valid choice."),
        (
            json!({ "organization": 77 }),
            "organization",
            "Invalid pk \"77\" - object does not exist.",
        ),
        (json!({ "organization": null }), "organization", "This field may not be null."),
        (json!({ "skip_authorization": "x" }), "skip_authorization", "Must be a valid boolean."),
        (json!({ "name": "" }), "name", "This field may not be blank."),
        (
            json!({ "authorization_grant_type": "authorization-code" }),
            "__all__",
            "redirect_uris cannot be empty with grant_type authorization-code",
        ),
    ] {
        let mut body = good.clone();
        put_over(&mut body, more.clone());
        let answer = root.posts("/api/v2/applications/", &body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (400, json!({ field: [why] })),
            "{more}"
        );
    }
    let app = made(&root, "/api/v2/applications/", good.clone()).await;
    assert_eq!(app.text("client_secret").len(), 54);
    let taken = root.posts("/api/v2/applications/", &good).await.json();
    let told = "Application with this Name and Organization already exists.";
    assert_eq!(taken, json!({ "__all__": [told] }));
    let alice = scene.basic("alice");
    let read = json!({ "application": app.number(), "scope": "read" });
    let first = made(&alice, "/api/v2/tokens/", read.clone()).await.number();
    for _ in 0..11 {
        made(&alice, "/api/v2/tokens/", read.clone()).await;
    }
    let shown = root.gets(&app.url()).await.json();
    let tokens = &shown["summary_fields"]["tokens"];
    assert_eq!((&tokens["count"], tokens["results"].as_array().unwrap().len()), (&json!(12), 10));
    assert_eq!(
        tokens["results"][0],
        json!({ "id": first, "token": "************", "scope": "read" })
    );
    // Whose they are not sees none of them there.
    let seat = format!("/api/v2/organizations/{}/users/", scene.acme);
    root.posts(&seat, &json!({ "id": scene.id("carol").await })).await;
    let other = scene.basic("carol").gets(&app.url()).await.json();
    assert_eq!(other["summary_fields"]["tokens"], json!({ "count": 0, "results": [] }));
}
