//! Pages.

use super::*;

/// All numbers of a list, page by page.
async fn numbers(caller: &Caller, list: &str) -> (Vec<i64>, usize) {
    let (mut numbers, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let answer = caller.gets(&format!("{list}{cursor}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let answer = answer.json();
        let items = answer["items"].as_array().unwrap();
        numbers.extend(items.iter().map(|item| item["number"].as_i64().unwrap()));
        pages += 1;
        match answer["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (numbers, pages),
        }
    }
}

#[tokio::test]
async fn every_page_goes_on_where_the_one_before_ended() {
    let scene = Scene::new().await;
    for _ in 0..7 {
        scene.key(Wish::default()).await;
        scene.world.key("bob", scene.bolt, Wish::default()).await;
    }
    let alice = scene.caller("alice").await;
    let list = path(&format!("/tokens?limit=3&organization={}", scene.acme));
    let (found, pages) = numbers(&alice, &list).await;
    assert_eq!((found.len(), pages), (7, 3));
    assert!(found.is_sorted());
    let (own, _) = numbers(&alice, &path("/tokens?limit=3")).await;
    assert_eq!(own.len(), 8, "the personal one too");
}

#[tokio::test]
async fn tokens_are_listed_by_holder_and_without_the_dead() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let acme = scene.acme;
    let robot = json!({ "organization": acme.to_string(), "name": "robot", "role": "viewer" });
    let robot = alice.posts("/authority/v1/service-accounts", &robot).await.json();
    let robot = robot["id"].as_str().unwrap();
    let wish = json!({ "holder": { "kind": "service_account", "id": robot } });
    alice.posts("/authority/v1/tokens", &wish).await;
    let key = scene.key(Wish::default()).await;
    let count = async |rest: &str| {
        numbers(&alice, &path(&format!("/tokens?organization={acme}{rest}"))).await.0.len()
    };
    assert_eq!(count(&format!("&holder=service_account:{robot}")).await, 1);
    assert_eq!((count("").await, count("&live=true").await), (2, 2));
    alice.asks(Method::DELETE, &token_path(&key)).await;
    assert_eq!((count("").await, count("&live=true").await), (2, 1));
    let foreign = path(&format!("/tokens?holder=service_account:{robot}"));
    assert_eq!(alice.gets(&foreign).await.status, 400);
}

#[tokio::test]
async fn the_journal_is_read_from_its_end_and_filtered() {
    let scene = Scene::new().await;
    let alice = scene.caller("alice").await;
    let key = scene.key(Wish::default()).await;
    alice.asks(Method::DELETE, &token_path(&key)).await;
    let all = path(&format!("/journal?organization={}", scene.acme));
    let actions = async |rest: &str| {
        let answer = alice.gets(&format!("{all}{rest}")).await.json();
        let items = answer["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(actions("").await, ["token.revoke", "token.issue", "organization.create"]);
    assert_eq!(actions("&action=token.issue").await, ["token.issue"]);
    let target = format!("&target={}", key.token.id);
    assert_eq!(actions(&target).await, ["token.revoke", "token.issue"]);
    let first = alice.gets(&format!("{all}&limit=2")).await.json();
    let next = first["next"].as_str().unwrap();
    let rest = actions(&format!("&limit=2&cursor={next}")).await;
    assert_eq!(rest, ["organization.create"]);
    assert_eq!(alice.gets("/authority/v1/journal").await.status, 403);
    let root = scene.caller("root").await;
    assert_eq!(root.gets("/authority/v1/journal?limit=1").await.status, 200);
}
