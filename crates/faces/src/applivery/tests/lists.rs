//! Pages of lists (contract, section 1.3; attack book, A047).

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{ACCOUNTS, ACME, Scene, TOKENS, data, made, told};

/// Tokens "a", "b" and so on of Shop's, a second apart.
async fn with_tokens(scene: &Scene, count: u8) -> testing::Caller {
    for n in 0..count {
        let alice = scene.person("alice").await;
        let label = char::from(b'a' + n).to_string();
        made(&alice, TOKENS, &json!({ "description": label })).await;
        scene.seconds(1).await;
    }
    scene.person("alice").await
}

fn labels(list: &Value) -> Vec<String> {
    let label = |item: &Value| item["description"].as_str().unwrap().to_owned();
    list["items"].as_array().unwrap().iter().map(label).collect()
}

#[tokio::test]
async fn a_page_tells_everything_of_itself_but_the_items() {
    let scene = Scene::new().await;
    let alice = with_tokens(&scene, 5).await;
    let page = async |query: &str| {
        let mut list = data(&alice.gets(&format!("{TOKENS}?{query}")).await);
        list["items"] = json!(labels(&list).join(""));
        let line = |(name, value): (&String, &Value)| format!("{name} {value}\n");
        list.as_object().unwrap().iter().map(line).collect::<String>()
    };
    assert_snapshot!(page("page=1&limit=2").await, @r#"
    items "ed"
    totalDocs 5
    limit 2
    page 1
    totalPages 3
    hasPrevPage false
    hasNextPage true
    prevPage null
    nextPage 2
    "#);
    assert_snapshot!(page("page=2&limit=2").await, @r#"
    items "cb"
    totalDocs 5
    limit 2
    page 2
    totalPages 3
    hasPrevPage true
    hasNextPage true
    prevPage 1
    nextPage 3
    "#);
    assert_snapshot!(page("page=3&limit=2").await, @r#"
    items "a"
    totalDocs 5
    limit 2
    page 3
    totalPages 3
    hasPrevPage true
    hasNextPage false
    prevPage 2
    nextPage null
    "#);
    assert_snapshot!(page("page=4&limit=2").await, @r#"
    items ""
    totalDocs 5
    limit 2
    page 4
    totalPages 3
    hasPrevPage true
    hasNextPage false
    prevPage 3
    nextPage null
    "#);
}

#[tokio::test]
async fn an_empty_list_has_one_page() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    assert_snapshot!(alice.exchange(Method::GET, TOKENS).await, @r#"
    GET /v1/organizations/acme/apps/shop/tokens
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "items": [],
        "totalDocs": 0,
        "limit": 10,
        "page": 1,
        "totalPages": 1,
        "hasPrevPage": false,
        "hasNextPage": false,
        "prevPage": null,
        "nextPage": null
      }
    }
    "#);
    assert_snapshot!(alice.exchange(Method::GET, ACCOUNTS).await, @r#"
    GET /v1/organizations/acme/service-accounts
    200 OK
    content-type: application/json

    {
      "status": true,
      "data": {
        "items": [],
        "totalDocs": 0,
        "limit": 10,
        "page": 1,
        "totalPages": 1,
        "hasPrevPage": false,
        "hasNextPage": false,
        "prevPage": null,
        "nextPage": null,
        "lean": true
      }
    }
    "#);
}

#[tokio::test]
async fn both_ways_of_walking_a_list_see_each_thing_once() {
    let scene = Scene::new().await;
    let alice = with_tokens(&scene, 7).await;
    let page = async |page: u64| data(&alice.gets(&format!("{TOKENS}?limit=3&page={page}")).await);
    let (mut by_next, mut next) = (Vec::new(), Some(1));
    while let Some(number) = next {
        let list = page(number).await;
        by_next.extend(labels(&list));
        next = list["hasNextPage"].as_bool().unwrap().then(|| list["nextPage"].as_u64().unwrap());
    }
    let mut by_count = Vec::new();
    for number in 1..=page(1).await["totalPages"].as_u64().unwrap() {
        by_count.extend(labels(&page(number).await));
    }
    assert_eq!(by_next, ["g", "f", "e", "d", "c", "b", "a"]);
    assert_eq!(by_count, by_next);
}

#[tokio::test]
async fn ten_are_on_a_page_where_nothing_is_asked_and_the_newest_come_first() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    for n in 0..12 {
        made(&alice, TOKENS, &json!({ "description": n.to_string() })).await;
    }
    let list = data(&alice.gets(TOKENS).await);
    assert_eq!(labels(&list), ["11", "10", "9", "8", "7", "6", "5", "4", "3", "2"]);
    assert_eq!((&list["limit"], &list["totalDocs"]), (&json!(10), &json!(12)));
}

#[tokio::test]
async fn a_list_is_sorted_by_a_field_in_either_direction() {
    let scene = Scene::new().await;
    let alice = with_tokens(&scene, 3).await;
    for (sort, first) in [
        ("createdAt:desc", "c"),
        ("createdAt:asc", "a"),
        ("createdAt", "a"),
        ("description:desc", "c"),
        ("id:asc", "a"),
        ("updatedAt:desc", "c"),
        ("", "c"),
    ] {
        let list = data(&alice.gets(&format!("{TOKENS}?sort={sort}")).await);
        assert_eq!(labels(&list)[0], first, "{sort}");
    }
}

#[tokio::test]
async fn a047_no_list_is_sorted_by_what_is_hidden_or_by_no_field() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    let lists = [
        TOKENS.to_owned(),
        ACCOUNTS.to_owned(),
        format!("{ACME}/apps"),
        format!("{ACME}/collaborators"),
        format!("{ACME}/collaborators/groups"),
    ];
    for list in &lists {
        for sort in [
            "bearer",
            "bearer:desc",
            "secret:asc",
            "digest:asc",
            "password:asc",
            "user.password:asc",
            "epoch:asc",
            "createdAt:up",
            "createdAt:",
            ":desc",
            "-createdAt",
            "createdAt:asc:desc",
            "createdAt:asc;DROP%20TABLE%20tokens",
            "(SELECT%201):asc",
            "CREATEDAT:asc",
        ] {
            let answer = alice.gets(&format!("{list}?sort={sort}")).await;
            assert_eq!(told(&answer), (400, 5001), "{list} {sort}");
        }
    }
    let answer = alice.gets(&format!("{TOKENS}?sort=bearer:asc")).await;
    assert_snapshot!(answer.transcript(), @r#"
    400 Bad Request
    content-type: application/json

    {
      "status": false,
      "error": {
        "code": 5001,
        "message": "Validation error",
        "data": [
          {
            "field": "sort",
            "message": "one of createdAt, updatedAt, description, id, with :asc or :desc"
          }
        ]
      }
    }
    "#);
}

#[tokio::test]
async fn a047_a_page_is_bounded_whatever_is_asked_for() {
    let scene = Scene::new().await;
    let alice = with_tokens(&scene, 2).await;
    for (query, page, limit, count) in [
        ("limit=0", 1, 1, 1),
        ("limit=1000000000", 1, 1_000, 2),
        ("limit=18446744073709551615", 1, 1_000, 2),
        ("page=0", 1, 10, 2),
        ("page=4294967295&limit=1000", 4_294_967_295_u64, 1_000, 0),
        ("page=18446744073709551615&limit=1000", 4_294_967_295_u64, 1_000, 0),
        ("page=&limit=", 1, 10, 2),
        ("fields=bearer&select=secret&populate=user&search=%27%20OR%201=1--&filter=", 1, 10, 2),
    ] {
        let list = data(&alice.gets(&format!("{TOKENS}?{query}")).await);
        assert_eq!((&list["page"], &list["limit"]), (&json!(page), &json!(limit)), "{query}");
        assert_eq!(list["items"].as_array().unwrap().len(), count, "{query}");
        assert_eq!(list["totalDocs"], 2, "{query}");
    }
    for query in [
        "page=-1",
        "page=1.5",
        "page=one",
        "page=%00",
        "limit=1e3",
        "limit=18446744073709551616",
        "page=1&page=2",
        "limit=1&limit=1",
        "sort=id&sort=createdAt",
        "x=1&x=2",
    ] {
        assert_eq!(told(&alice.gets(&format!("{TOKENS}?{query}")).await), (400, 5001), "{query}");
    }
}

#[tokio::test]
async fn service_accounts_are_a_list_that_calls_itself_lean_and_no_other_does() {
    let scene = Scene::new().await;
    let alice = scene.person("alice").await;
    assert_eq!(data(&alice.gets(ACCOUNTS).await)["lean"], true);
    for path in [TOKENS.to_owned(), format!("{ACME}/apps"), format!("{ACME}/collaborators")] {
        assert!(data(&alice.gets(&path).await).get("lean").is_none(), "{path}");
    }
}
