//! Queries, bodies and names that nobody means well by (attack book, A047 and A202).

use axum::http::Method;
use serde_json::json;

use super::{Scene, Told, assert_same, quoted};

#[tokio::test]
async fn a047_a_list_is_neither_sorted_nor_filtered_by_what_is_hidden() {
    let scene = Scene::new().await;
    let root = scene.bearer("root", "write").await;
    scene.application("app", json!({})).await;
    for (list, names) in [
        (
            "tokens",
            vec![
                "token",
                "refresh_token",
                "user__password",
                "application__client_secret",
                "application__client_id",
                "refresh_token__token",
                "application__organization__created_by__password",
            ],
        ),
        ("users", vec!["password"]),
        ("applications", vec!["client_secret", "client_id", "organization__created_by__password"]),
        ("organizations", vec!["created_by__password", "modified_by__password"]),
        ("teams", vec!["created_by__password", "organization__created_by__password"]),
        ("activity_stream", vec!["actor__password"]),
    ] {
        for name in names {
            for key in [
                format!("order_by={name}"),
                format!("order_by=-{name}"),
                format!("order=id,{name}"),
                format!("{name}=x"),
                format!("not__{name}__startswith=tk"),
                format!("or__{name}__regex=."),
                format!("{name}__gt=a"),
                format!("{name}__isnull=false"),
                format!("chain__{name}__in=a,b"),
                format!("{name}__search=a"),
                format!("{name}__int=1"),
            ] {
                let answer = root.gets(&format!("/api/v2/{list}/?{key}")).await;
                assert!(
                    [400, 403].contains(&answer.status.as_u16()),
                    "{list} {key}: {}",
                    answer.body
                );
                let told = answer.detail();
                assert!(
                    told.starts_with("Filtering on ") || told.contains("no field named"),
                    "{told}"
                );
            }
        }
    }
    let fields = root.gets("/api/v2/tokens/?fields=token").await;
    assert_eq!(fields.status, 400);
}

#[tokio::test]
async fn a047_what_looks_like_sql_is_text() {
    let scene = Scene::new().await;
    let root = scene.bearer("root", "write").await;
    let wish = json!({ "description": "100%_\\ 'quoted' \"twice\"" });
    super::made(&scene.basic("root"), "/api/v2/tokens/", wish).await;
    let found = async |query: &str| {
        let answer = root.gets(&format!("/api/v2/tokens/?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        answer.json()["count"].as_u64().unwrap()
    };
    for (value, count) in [
        ("' OR 1=1--", 0),
        ("%", 1),
        ("_", 1),
        ("\\", 1),
        ("'quoted'", 1),
        ("\"twice\"", 1),
        ("100%_", 1),
        ("1%0", 0),
        ("1_0", 0),
        ("') UNION SELECT * FROM users--", 0),
        ("*", 0),
        ("?", 0),
    ] {
        for lookup in ["contains", "icontains"] {
            let query = format!("description__{lookup}={}", quoted(value));
            assert_eq!(found(&query).await, count, "{query}");
        }
    }
    assert_eq!(found(&format!("search={}", quoted("' OR 1=1--"))).await, 0);
    assert_eq!(found("user__username=root%27--").await, 0);
    assert_eq!(found("id__in=1,2,3&id__gt=-99999999999999999999").await, 2);
    let bad =
        ["order_by=id;DROP", "order_by=(SELECT+1)", "id=1+OR+1", "limit=1&id__gt=1--", "page=1'"];
    for query in bad {
        let answer = root.gets(&format!("/api/v2/tokens/?{query}")).await;
        assert!(answer.status.is_client_error(), "{query}: {}", answer.body);
    }
}

#[tokio::test]
async fn a047_a_page_is_bounded_whatever_is_asked_for() {
    let scene = Scene::new().await;
    let root = scene.bearer("root", "write").await;
    for size in ["1000000000", "99999999999999999999", "0", "-1", "abc", "1.5", "%00"] {
        let answer = root.gets(&format!("/api/v2/users/?page_size={size}")).await;
        assert!(answer.status == 200 || size == "%00", "{size}: {}", answer.body);
    }
    for page in
        ["0", "-1", "2", "99999999999999999999", "9223372036854775807", "abc", "1.0", "LAST"]
    {
        for more in ["", "&page_size=200", "&count_disabled=1"] {
            let answer = root.gets(&format!("/api/v2/users/?page={page}{more}")).await;
            assert_eq!(
                (answer.status.as_u16(), answer.detail().as_str()),
                (404, "Invalid page."),
                "{page}"
            );
        }
    }
    let many = (0..129).map(|n| format!("id={n}")).collect::<Vec<_>>().join("&");
    let ids = (0..600).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    for query in [
        many,
        format!("id__in={ids}"),
        format!("search={}", "a,".repeat(50)),
        format!("description={}", "a".repeat(2_000)),
        "order_by=".to_owned() + &"id,".repeat(20),
        "description__regex=".to_owned() + &"a".repeat(2_000),
    ] {
        let answer = root.gets(&format!("/api/v2/tokens/?{query}")).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.body.len() < 4_000);
    }
}

#[tokio::test]
async fn a202_json_that_is_too_much_is_refused_before_anything_is_done() {
    let scene = Scene::new().await;
    let alice = scene.bearer("alice", "write").await;
    let before = scene.journal().await;
    let many = (0..8_000).map(|n| format!("\"k{n}\":1")).collect::<Vec<_>>().join(",");
    for (body, status) in [
        ("[".repeat(60_000), 400),
        (format!("{{\"description\":{}1{}}}", "[".repeat(40), "]".repeat(40)), 400),
        (format!("{{\"a\":{}}}", "9".repeat(60_000)), 400),
        ("{\"a\":1e999999}".to_owned(), 400),
        ("{\"scope\":\"read\",\"scope\":\"write\"}".to_owned(), 400),
        (format!("{{\"description\":\"{}\"}}", "a".repeat(64 * 1024)), 413),
        (" ".repeat(64 * 1024 + 1), 413),
        (format!("{{{many}}}"), 413),
    ] {
        for path in ["/api/v2/tokens/", "/api/v2/users/alice/personal_tokens/"] {
            let json = Some("application/json");
            let answer = alice.sends(Method::POST, path, json, body.clone().into_bytes()).await;
            assert_eq!(answer.status, status, "{}", &body[..30]);
            assert!(answer.body.len() < 300, "{}", answer.body);
        }
    }
    assert_eq!(scene.journal().await, before);
}

#[tokio::test]
async fn a_name_that_stands_for_nothing_is_as_the_number_0() {
    let scene = Scene::new().await;
    let team = json!({ "name": "ops", "organization": scene.acme });
    super::made(&scene.basic("bob"), "/api/v2/teams/", team).await;
    let long = "a".repeat(5_000);
    for resource in ["users", "organizations", "teams", "applications"] {
        for caller in [scene.stranger(), scene.basic("alice")] {
            let zero = caller.gets(&format!("/api/v2/{resource}/0/")).await;
            for name in [
                "nobody",
                "%00",
                "%ff",
                "a%2fb",
                "..%2f..",
                "%F0%9F%92%A9",
                &long,
                "++",
                "ops++",
                "++Acme",
                "ops++Acme++x",
                "ops++Nowhere",
                "ops+Acme",
                "ops%20%20Acme",
                "'--",
                "1.0",
                "-1",
                "%201",
                "ＡＣＭＥ",
                "[+]",
                "00",
            ] {
                let name = name.replace("ＡＣＭＥ", &quoted("ＡＣＭＥ"));
                let answer = caller.gets(&format!("/api/v2/{resource}/{name}/")).await;
                assert_same(&zero, &answer);
            }
        }
    }
    let answer = scene.basic("alice").gets("/api/v2/users/99999999999999999999/").await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail().as_str()),
        (404, "No User matches the given query.")
    );
}

#[tokio::test]
async fn a_name_that_is_a_number_or_has_signs_of_urls_in_it_is_found_where_it_is_said_to_be() {
    let scene = Scene::new().await;
    let root = scene.basic("root");
    for name in
        ["a/b", "a+b", "a++b", "50% & more?", "x;y=z:#@[]", "Zoë ☕", "..", "a\\b", "c%2fd", "[+]"]
    {
        let made = super::made(&root, "/api/v2/organizations/", json!({ "name": name })).await;
        let named = made.0["related"]["named_url"].as_str().unwrap().to_owned();
        assert_eq!(root.gets(&quoted_url(&named)).await.number(), made.number(), "{name} {named}");
        let team = json!({ "name": name, "organization": made.number() });
        let team = super::made(&root, "/api/v2/teams/", team).await;
        let named = team.0["related"]["named_url"].as_str().unwrap().to_owned();
        assert_eq!(root.gets(&quoted_url(&named)).await.number(), team.number(), "{name} {named}");
    }
    // A number is always an id (contract section 1).
    let seven = super::made(&root, "/api/v2/organizations/", json!({ "name": "2" })).await;
    assert_ne!(root.gets("/api/v2/organizations/2/").await.number(), seven.number());
}

/// As a client sends a URL that was shown to it.
fn quoted_url(url: &str) -> String {
    let plain = |c: char| if c.is_ascii() { c.to_string() } else { quoted(&c.to_string()) };
    url.chars().map(plain).collect::<String>().replace('\\', "%5C")
}
