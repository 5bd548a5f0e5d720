//! Races between nodes over names that only one may have, and over what is in an organization that
//! is deleted.

use std::sync::Arc;

use authority::application::Application;
use authority::application::store::{ApplicationChange, ApplicationFilter};
use authority::organization::Organization;
use authority::organization::store::Naming;
use authority::permission::Role;
use storage::postgres::Postgres;

use super::lanes::checked_lanes;
use super::races::Nodes;
use crate::facts::given::*;
use crate::facts::granting::*;
use crate::facts::race::race;

/// One of all got the name, and the others were told so.
fn one_got_it(made: &[Creation]) {
    assert_eq!(made.iter().filter(|made| matches!(made, Creation::Done(_))).count(), 1, "{made:?}");
    let taken = made.iter().filter(|made| **made == Creation::Taken("name")).count();
    assert_eq!(taken, made.len() - 1, "{made:?}");
}

async fn create(node: &Postgres, new: &Organization) -> Creation {
    node.create_organization(new, None, note("organization.create", new.id)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_of_the_installation_gets_its_name_once_across_nodes() {
    let nodes = Nodes::new().await;
    for round in 0..10 {
        let name = format!("Shop {round}");
        let made = race(8, |n| {
            let (nodes, name) = (Arc::clone(&nodes), name.clone());
            let new = Organization { name, tenant: false, ..organization(8 * round + n) };
            async move { create(nodes.either(n), &new).await }
        })
        .await;
        one_got_it(&made);
    }
    checked_lanes(nodes.either(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_of_the_installation_is_renamed_to_a_free_name_across_nodes() {
    let nodes = Nodes::new().await;
    for round in 0..10 {
        let name = format!("Shop {round}");
        for n in 8 * round..8 * round + 4 {
            let new = Organization { tenant: false, ..organization(n) };
            assert!(matches!(create(nodes.either(n), &new).await, Creation::Done(_)));
        }
        let made = race(8, |n| {
            let (nodes, name) = (Arc::clone(&nodes), name.clone());
            async move {
                let (n, node) = (8 * round + n, nodes.either(n));
                if n % 8 >= 4 {
                    let new = Organization { name, tenant: false, ..organization(n) };
                    return create(node, &new).await;
                }
                let change = Naming { name: Some(name), ..Naming::default() };
                let draft = note("organization.update", organization(n).id);
                node.update_organization(id(n), &change, draft).await.unwrap()
            }
        })
        .await;
        one_got_it(&made);
    }
    checked_lanes(nodes.either(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_gets_its_name_once_across_nodes() {
    let nodes = Nodes::new().await;
    let ada = a_user(nodes.either(0), 1).await.id;
    let shop = an_organization(nodes.either(0), 1, ada).await.id;
    for round in 0..10 {
        let name = format!("Shop {round}");
        for n in 8 * round..8 * round + 4 {
            a_client(nodes.either(n), n, shop).await;
        }
        let made = race(8, |n| {
            let (nodes, name) = (Arc::clone(&nodes), name.clone());
            async move {
                let (n, node) = (8 * round + n, nodes.either(n));
                if n % 8 >= 4 {
                    let new = Application { name, ..client(n, shop) };
                    let draft = note("application.create", new.id);
                    return node.create_application(&new, None, draft).await.unwrap();
                }
                let change = ApplicationChange { name: Some(name), ..ApplicationChange::default() };
                let draft = note("application.update", client(n, shop).id);
                node.update_application(id(n), &change, draft).await.unwrap()
            }
        })
        .await;
        one_got_it(&made);
    }
    checked_lanes(nodes.either(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_in_an_organization_that_is_deleted_on_one_node_while_the_other_adds_to_it()
{
    let nodes = Nodes::new().await;
    let (ada, bob) = (a_user(nodes.either(0), 1).await.id, a_user(nodes.either(0), 2).await.id);
    for round in 0..20 {
        let shop = an_organization(nodes.either(0), round, ada).await.id;
        race(6, |n| {
            let (nodes, new) = (Arc::clone(&nodes), 100 * round + n);
            async move {
                let node = nodes.either(u64::from(n != 0));
                match n {
                    0 => {
                        let draft = note("organization.delete", shop);
                        let deleted = node.delete_organization(shop, draft).await;
                        assert_eq!(deleted, Ok(Change::Done));
                    }
                    1 => {
                        let new = client(new, shop);
                        let draft = note("application.create", new.id);
                        node.create_application(&new, None, draft).await.unwrap();
                    }
                    2 => {
                        let new = group(new, shop);
                        let draft = note("group.create", new.id);
                        node.create_group(&new, draft).await.unwrap();
                    }
                    3 => {
                        let new = service_account(new, shop);
                        let draft = note("service_account.create", new.id);
                        node.create_service_account(&new, None, draft).await.unwrap();
                    }
                    4 => {
                        let place = place(bob, shop, Role::Admin);
                        node.add_member(&place, note("member.add", bob)).await.unwrap();
                    }
                    _ => {
                        let login = session(new, ada);
                        let inside =
                            authority::account::Session { organization: Some(shop), ..login };
                        let draft = note("session.open", inside.id);
                        node.open_session(&inside, digest(new), None, draft).await.unwrap();
                    }
                }
            }
        })
        .await;
        let (node, all) = (nodes.either(round), Page::first(100));
        let filter = ApplicationFilter { organization: Some(shop), ..ApplicationFilter::default() };
        assert_eq!(node.organization(shop).await, Ok(None));
        assert_eq!(node.applications(&filter, all).await, Ok(vec![]), "round {round}");
        assert_eq!(node.groups(shop, all).await, Ok(vec![]), "round {round}");
        assert_eq!(node.members(shop, all).await, Ok(vec![]), "round {round}");
        assert_eq!(node.sessions_of(ada, NOON).await, Ok(vec![]), "round {round}");
        let robots = node.service_accounts(shop, all).await.unwrap();
        assert!(robots.iter().all(|robot| robot.disabled_at.is_some()), "round {round}");
    }
    checked_lanes(nodes.either(0)).await;
}
