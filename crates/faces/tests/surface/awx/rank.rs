//! Nobody takes a seat from somebody above them.

use authority::permission::Role;
use authority::scope::Scopes;
use authority::token::Wish;
use serde_json::json;
use testing::World;

use crate::ground::Ground;
use crate::walks::journal;

async fn role(world: &World, user: authority::id::UserId, name: &str) -> Role {
    let actor = world.actor(name).await;
    let here = world.authority.default_organization(&actor).await.unwrap();
    let page = authority::token::store::Page::first(100);
    let members = world.authority.members(&world.root().await, here, page).await.unwrap();
    members.into_iter().find(|(member, _)| member.id == user).unwrap().1.role
}

#[tokio::test]
async fn an_admin_takes_no_seat_from_an_owner() {
    let ground = Ground::new().await;
    let (acme, alice) = ground.world.organization("Acme", "alice").await;
    let other = ground.world.member("olaf", acme.id, Role::Owner).await;
    ground.world.member("adam", acme.id, Role::Admin).await;
    let adam = ground.personal("adam", "write").await;
    let roles = format!("/api/v2/organizations/{}/", acme.number);
    let shown = adam.gets(&roles).await.json();
    let before = journal(&ground).await;
    for user in [&alice, &other] {
        for list in ["users", "admins"] {
            let path = format!("{roles}{list}/");
            let take = json!({ "id": user.number, "disassociate": true });
            assert_eq!(adam.posts(&path, &take).await.status, 403, "{list}");
        }
        for role in ["admin_role", "member_role"] {
            let id = &shown["summary_fields"]["object_roles"][role]["id"];
            let take = json!({ "id": id, "disassociate": true });
            let path = format!("/api/v2/users/{}/roles/", user.number);
            assert_eq!(adam.posts(&path, &take).await.status, 403, "{role}");
        }
        assert_eq!(role(&ground.world, user.id, &user.username).await, Role::Owner);
    }
    assert_eq!(journal(&ground).await, before, "nothing was changed");
}

#[tokio::test]
async fn a_token_that_is_not_for_members_moves_none() {
    let ground = Ground::new().await;
    let (acme, _) = ground.world.organization("Acme", "alice").await;
    let mia = ground.world.member("mia", acme.id, Role::Viewer).await;
    let scopes = Some(Scopes::parse("authority.self.* authority.group.*").unwrap());
    let issued = ground.world.personal("alice", Wish { scopes, ..Wish::default() }).await;
    let narrow = ground.stranger.clone().bearer(issued.secret.reveal());
    let before = journal(&ground).await;
    for list in ["users", "admins"] {
        let path = format!("/api/v2/organizations/{}/{list}/", acme.number);
        for taken in [false, true] {
            let body = json!({ "id": mia.number, "disassociate": taken });
            let answer = narrow.posts(&path, &body).await;
            // The token doesn't let its bearer see members, so that none has this number.
            let refused = [400, 403].contains(&answer.status.as_u16());
            assert!(refused, "{list} {taken}: {}", answer.body);
        }
    }
    assert_eq!(journal(&ground).await, before, "nothing was changed");
}
