//! Races between nodes over what one has alone: the last superuser's mark, a slug; and over groups that
//! several make at once.

use std::sync::Arc;

use authority::account::User;
use authority::account::store::{Removal, UserChange, UserUpdate};
use authority::application::Application;
use authority::application::store::ApplicationChange;
use authority::id::UserId;
use authority::organization::store::Naming;
use authority::organization::{Group, Organization};
use authority::permission::{Marks, Role};
use authority::token::store::Page;
use storage::postgres::Postgres;

use super::lanes::checked_lanes;
use super::races::Nodes;
use crate::facts::given::*;
use crate::facts::race::race;

/// Whether a superuser went, by being demoted, switched off or deleted.
async fn goes(node: &Postgres, id: UserId, way: u64) -> bool {
    let said = note("user.update", id);
    let kept = match way % 3 {
        0 => {
            let change = UserChange { superuser: Some(false), ..UserChange::default() };
            node.update_user(id, &change, said).await.unwrap() == UserUpdate::LastSuperuser
        }
        1 => node.set_user_disabled(id, true, said).await.unwrap() == Removal::LastSuperuser,
        _ => node.delete_user(id, said).await.unwrap() == Removal::LastSuperuser,
    };
    !kept
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_superusers_who_go_on_two_nodes_at_once_one_stays() {
    let nodes = Nodes::new().await;
    let mark = Marks { superuser: true, system_auditor: false };
    let make = async |n: u64| {
        let new = User { marks: mark, ..user(n) };
        nodes.either(n).create_user(&new, None, note("user.create", new.id)).await.unwrap();
        new.id
    };
    let mut left = make(0).await;
    for round in 1..=45 {
        let pair = [left, make(round).await];
        let went = race(2, |n| {
            let (nodes, who) = (Arc::clone(&nodes), pair[usize::try_from(n).unwrap()]);
            let way = if n == 0 { round } else { round / 3 };
            async move { (goes(nodes.either(n), who, way).await, who) }
        })
        .await;
        let stayed: Vec<UserId> =
            went.into_iter().filter_map(|(gone, who)| (!gone).then_some(who)).collect();
        assert_eq!(stayed.len(), 1, "round {round}");
        left = stayed[0];
    }
    checked_lanes(nodes.either(0)).await;
}

/// One of all got the slug, and the others were told so.
fn one_got_it(made: &[Creation]) {
    assert_eq!(made.iter().filter(|made| matches!(made, Creation::Done(_))).count(), 1, "{made:?}");
    let taken = made.iter().filter(|made| **made == Creation::Taken("slug")).count();
    assert_eq!(taken, made.len() - 1, "{made:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_gets_a_slug_once_across_nodes() {
    let nodes = Nodes::new().await;
    for round in 0..10 {
        let slug = format!("shop-{round}");
        for n in 8 * round..8 * round + 4 {
            let new = organization(n);
            let said = note("organization.create", new.id);
            nodes.either(n).create_organization(&new, None, said).await.unwrap();
        }
        let made = race(8, |n| {
            let (nodes, slug) = (Arc::clone(&nodes), slug.clone());
            async move {
                let (n, node) = (8 * round + n, nodes.either(n));
                let said = note("organization.update", organization(n).id);
                if n % 8 >= 4 {
                    let new = Organization { slug, ..organization(n) };
                    return node.create_organization(&new, None, said).await.unwrap();
                }
                let change = Naming { slug: Some(slug), ..Naming::default() };
                node.update_organization(id(n), &change, said).await.unwrap()
            }
        })
        .await;
        one_got_it(&made);
    }
    checked_lanes(nodes.either(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_gets_a_slug_once_across_nodes() {
    let nodes = Nodes::new().await;
    let ada = a_user(nodes.either(0), 1).await.id;
    let shop = an_organization(nodes.either(0), 1, ada).await.id;
    for round in 0..10 {
        let slug = format!("till-{round}");
        for n in 8 * round..8 * round + 4 {
            an_application(nodes.either(n), n, shop).await;
        }
        let made = race(8, |n| {
            let (nodes, slug) = (Arc::clone(&nodes), slug.clone());
            async move {
                let (n, node) = (8 * round + n, nodes.either(n));
                let said = note("application.update", application(n, shop).id);
                if n % 8 >= 4 {
                    let new = Application { slug, ..application(n, shop) };
                    return node.create_application(&new, None, said).await.unwrap();
                }
                let change = ApplicationChange { slug: Some(slug), ..ApplicationChange::default() };
                node.update_application(id(n), &change, said).await.unwrap()
            }
        })
        .await;
        one_got_it(&made);
    }
    checked_lanes(nodes.either(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_who_are_put_into_the_same_new_groups_on_two_nodes_are_all_in_them() {
    let nodes = Nodes::new().await;
    let ada = a_user(nodes.either(0), 100).await.id;
    let acme = an_organization(nodes.either(0), 1, ada).await.id;
    for n in 1..=6 {
        let user = a_user(nodes.either(n), n).await;
        a_member(nodes.either(n), user.id, acme, Role::Viewer).await;
    }
    for round in 0..10_u64 {
        let done = race(6, |n| {
            let nodes = Arc::clone(&nodes);
            async move {
                // In another order on each node.
                let names = [format!("a {round}"), format!("b {round}"), format!("c {round}")];
                let first = 1_000 * (round + 1) + 10 * n;
                let mut groups: Vec<Group> = (first..)
                    .zip(names)
                    .map(|(n, name)| Group { name, ..group(n, acme) })
                    .collect();
                if n % 2 == 0 {
                    groups.reverse();
                }
                let said = note("member.groups", user(n + 1).id);
                nodes.either(n).set_member_groups(id(n + 1), acme, &groups, said).await.unwrap()
            }
        });
        assert!(done.await.iter().all(|done| *done == authority::token::store::Change::Done));
    }
    let groups = nodes.either(0).groups(acme, Page::first(100)).await.unwrap();
    assert_eq!(groups.len(), 30);
    for group in groups {
        let here = nodes.either(1).group_users(group.id, Page::first(10)).await.unwrap().len();
        let last = group.name.ends_with(" 9");
        assert_eq!(here, if last { 6 } else { 0 }, "{}", group.name);
    }
    checked_lanes(nodes.either(0)).await;
}
