//! Group 10: what is needed comes from the gateway, and from nobody else.

use axum::http::HeaderValue;

use super::*;

#[tokio::test]
async fn a076_what_is_needed_is_judged_afresh_however_warm() {
    let gate = Gate::new().await;
    let token = gate.key("read shop.order.create").await;
    for _ in 0..3 {
        assert_eq!(gate.demand(&token, "shop.order.list").await, 204);
        assert_eq!(gate.demand(&token, "shop.order.create").await, 204);
        assert_eq!(gate.demand(&token, "shop.order.delete").await, 403);
        assert_eq!(gate.demand(&token, "depot.order.create").await, 403);
        assert_eq!(gate.demand(&token, "authority.token.create").await, 403);
        assert_eq!(gate.check(&token).await, 204);
    }
}

/// To outsiders it is as any token that is not good (A087).
#[tokio::test]
async fn a076_a_token_for_others_is_a_bad_one_however_warm() {
    let gate = Gate::new().await;
    let key = gate.key("*").await;
    let (others, ours) =
        (gate.exchanged(&key, Some("shop")).await, gate.exchanged(&key, None).await);
    let bad = gate.stranger.clone().bearer("tkak_nonsense").gets("/check").await;
    for _ in 0..3 {
        let answer = gate.stranger.clone().bearer(&others).gets("/check").await;
        assert_eq!((answer.status, answer.headers), (bad.status, bad.headers.clone()));
        assert_eq!(gate.check(&ours).await, 204);
        assert_eq!(gate.demand(&ours, "shop.order.list").await, 204);
    }
}

#[tokio::test]
async fn a_gateway_may_need_several_permissions_or_one_of_several() {
    let gate = Gate::new().await;
    let token = gate.key("shop.order.list depot.order.create").await;
    for (demand, status) in [
        ("shop.order.list AND depot.order.create", 204),
        ("shop.order.list AND depot.order.delete", 403),
        ("shop.order.delete OR depot.order.create", 204),
        ("shop.order.list AND (depot.order.delete OR depot.order.create)", 204),
        ("(shop.order.delete OR depot.order.delete) AND shop.order.list", 403),
        ("shop.order.list OR", 403),
    ] {
        for _ in 0..2 {
            assert_eq!(gate.demand(&token, demand).await, status, "{demand}");
        }
    }
}

#[tokio::test]
async fn a164_nobody_but_the_gateway_names_what_is_needed_or_less_of_it() {
    let gate = Gate::new().await;
    let token = gate.key("read").await;
    let write = "shop.order.create";
    for path in ["/check?scope=read", "/check?permission=shop.order.list", "/check?require="] {
        let proxy = gate.proxy().bearer(&token).with(REQUIRE, write);
        assert_eq!(proxy.gets(path).await.status, 403, "{path}");
    }
    for address in [[192, 0, 2, 1], [10, 0, 0, 1], [169, 254, 0, 1]] {
        let stranger = gate.stranger.clone().from(address).bearer(&token);
        let stranger = stranger.with("x-forwarded-for", "127.0.0.1").with(REQUIRE, "a.b.list");
        assert_eq!(stranger.gets("/check").await.status, 403, "{address:?}");
    }
}

#[tokio::test]
async fn a_demand_that_cannot_be_read_is_one_that_nobody_fulfils() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    let long = "a.".repeat(60) + "b";
    for demand in ["", " ", "read", "*", "a..b", "A.b", "a.b,c.d", "a.b c.d", "a.*", "é.b", &long]
    {
        let value = HeaderValue::from_bytes(demand.as_bytes()).unwrap();
        let parts = asked(&token, [value]);
        assert_eq!(gate.warm(&parts).unwrap().status(), 403, "{demand:?}");
    }
    let twice = [HeaderValue::from_static("a.b.list"), HeaderValue::from_static("a.b.list")];
    assert_eq!(gate.warm(&asked(&token, twice)).unwrap().status(), 403);
    assert_eq!(gate.demand(&token, "a.b.list").await, 204);
}

fn asked<const N: usize>(token: &str, demands: [HeaderValue; N]) -> axum::http::request::Parts {
    let mut request = axum::http::Request::get("/check")
        .header("authorization", format!("Bearer {token}"))
        .body(())
        .unwrap();
    let peer = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
    request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    for demand in demands {
        request.headers_mut().append(REQUIRE, demand);
    }
    request.into_parts().0
}

#[tokio::test]
async fn a155_what_strangers_say_of_the_request_changes_nothing() {
    let gate = Gate::new().await;
    let token = gate.key("*").await;
    for name in [
        "x-original-uri",
        "x-original-method",
        "x-forwarded-uri",
        "x-forwarded-method",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-chancery-holder-id",
        "x_chancery_require",
        "connection",
    ] {
        let stranger = gate.stranger.clone().with(name, "x-chancery-holder-id");
        assert_eq!(stranger.gets("/check").await.status, 401, "{name}");
        let plain = gate.answer(&token).await;
        let told = stranger.bearer(&token).gets("/check").await;
        assert_eq!((told.status, told.headers), (plain.status, plain.headers), "{name}");
    }
}
