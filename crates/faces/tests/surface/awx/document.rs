//! What is answered, and what the document says.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;

use super::asks;
use crate::ground::{Ground, nobodys};
use crate::rows::{Of, Thing};
use crate::walks::journal;

/// The methods of each documented path of the face.
fn documented(ground: &Ground) -> BTreeMap<String, BTreeSet<String>> {
    let document = ground.documents.iter().find(|one| !one["paths"]["/api/v2/"].is_null());
    let paths = document.unwrap()["paths"].as_object().unwrap();
    let methods = |item: &serde_json::Value| {
        item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect()
    };
    paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// The paths that strangers may look at.
const OPEN: [&str; 5] = ["/api/", "/api/o/", "/api/v2/", "/api/v2/ping/", "/api/v2/auth/"];

fn is_view(path: &str) -> bool {
    path.starts_with("/api/v2/") || ["/api/", "/api/o/"].contains(&path)
}

/// A path with something in place of its parameter.
fn filled(path: &str) -> String {
    path.replace("{id}", nobodys(Thing::Number(Of::User)))
}

#[tokio::test]
async fn the_document_names_every_method_of_a_path_and_no_other() {
    let ground = Ground::new().await;
    let root = ground.of_awx("write").await;
    let before = journal(&ground).await;
    let known = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "SEARCH"];
    for (path, methods) in documented(&ground).into_iter().filter(|(path, _)| is_view(path)) {
        let path = filled(&path);
        let mut expected = methods.clone();
        expected.extend(["HEAD".to_owned(), "OPTIONS".to_owned()]);
        // What changes something is walked by its row.
        let safe = |name: &&str| ["GET", "HEAD", "OPTIONS"].contains(name);
        for name in known.into_iter().filter(|name| safe(name) || !expected.contains(*name)) {
            let method: Method = name.parse().unwrap();
            let answer = asks(&root, method, &path).await;
            let allowed = answer.header("allow").split(", ").map(str::to_owned);
            assert_eq!(allowed.collect::<BTreeSet<_>>(), expected, "{name} {path}");
            let taken = answer.status != 405;
            assert_eq!(taken, expected.contains(name), "{name} {path}: {}", answer.status);
        }
    }
    assert_eq!(journal(&ground).await, before, "nothing was changed");
}

#[tokio::test]
async fn a_method_that_a_path_does_not_take_is_told_to_those_who_may_look() {
    let ground = Ground::new().await;
    for path in documented(&ground).into_keys().filter(|path| is_view(path)) {
        let methods = &documented(&ground)[&path];
        for name in ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"] {
            let answer = asks(&ground.stranger, name.parse().unwrap(), &filled(&path)).await;
            let open = OPEN.contains(&path.as_str()) && name != "OPTIONS";
            let expected = if open { 405 } else { 401 };
            assert_eq!(answer.status, expected, "{name} {path}, which takes {methods:?}");
        }
    }
}

#[tokio::test]
async fn a_path_without_its_slash_leads_to_the_one_that_has_it_whoever_asks() {
    let ground = Ground::new().await;
    for path in documented(&ground).into_keys().filter(|path| path.ends_with('/')) {
        let path = filled(&path);
        let bare = path.trim_end_matches('/');
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = asks(&ground.stranger, method, &format!("{bare}?a=b")).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (301, ""), "{bare}");
            assert_eq!(answer.header("location"), format!("{path}?a=b"));
        }
    }
}

#[tokio::test]
async fn what_is_on_no_document_is_not_there() {
    let ground = Ground::new().await;
    let root = ground.of_awx("write").await;
    for path in documented(&ground).into_keys().filter(|path| is_view(path)) {
        let path = filled(&path);
        for odd in [format!("{path}nothing/"), format!("{path}/"), path.to_uppercase()] {
            let answer = root.gets(&odd).await;
            // Below `/api/v2/` and beside lists, a word is an object's name.
            assert_eq!(answer.status, 404, "{odd}: {}", answer.body);
        }
    }
}
