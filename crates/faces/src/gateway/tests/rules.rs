//! Group 10: what a request needs comes from the rules, and which request it is from a trusted peer.

use authority::rules::RuleSet;

use super::*;

const RULES: &str = r#"
    described_by = ["x-original", "x-forwarded", "path", "grpc"]
    [[rule]]
    paths = ["/health"]
    public = true
    [[rule]]
    hosts = ["api.corp.test"]
    paths = ["/orders/**"]
    methods = ["GET"]
    permission = "shop.order.get"
    [[rule]]
    hosts = ["api.corp.test"]
    paths = ["/orders/**"]
    permission = "shop.order.create"
    [[rule]]
    paths = ["/machines"]
    kinds = ["service_account"]
    [[rule]]
    paths = ["/elsewhere"]
    audience = "https://elsewhere.test"
"#;

impl Gate {
    pub(super) async fn ruled() -> Self {
        let gate = Self::new().await;
        gate.rule(RULES);
        gate
    }

    pub(super) fn rule(&self, text: &str) {
        self.world.authority.set_rules(RuleSet::parse(text).unwrap());
    }

    /// What the proxy is told of a request, in these words.
    async fn told(&self, words: &str, request: [&str; 3], token: Option<&str>) -> u16 {
        let [method, host, target] = request;
        let proxy = token.map_or(self.proxy(), |token| self.proxy().bearer(token));
        let [methods, hosts, targets] = match words {
            "original" => ["x-original-method", "x-original-host", "x-original-uri"],
            _ => ["x-forwarded-method", "x-forwarded-host", "x-forwarded-uri"],
        };
        let asking = proxy.with(methods, method).with(hosts, host).with(targets, target);
        asking.gets("/check").await.status.as_u16()
    }

    async fn asks(&self, request: [&str; 3], token: Option<&str>) -> u16 {
        self.told("original", request, token).await
    }
}

/// Requests for something protected that look as if they were for `/health`.
pub(super) const CONFUSED: [&str; 26] = [
    "/health/../admin",
    "/health/..",
    "/./health",
    "/health/.",
    "/x/%2e%2e/health",
    "/x/.%2E/health",
    "/health%2f..%2fadmin",
    "/health%2F",
    "/health;/admin",
    "/health;x=1",
    "/health%3b",
    "/health#/admin",
    "/health%23",
    "//health",
    "/health//",
    "/health\\..\\admin",
    "/health%5c..%5cadmin",
    "/health%00",
    "/health%0a",
    "/health%",
    "/health%zz",
    "/health%25",
    "/health%c0%ae",
    "http://api.corp.test/health",
    "health",
    "",
];

#[tokio::test]
async fn a157_a_confused_path_is_refused_whatever_is_shown() {
    let gate = Gate::ruled().await;
    let good = gate.key("*").await;
    for words in ["original", "forwarded"] {
        for target in ["/health", "/health?/admin", "/%68ealth", "/health?x=/../y;"] {
            let request = ["GET", "api.corp.test", target];
            assert_eq!(gate.told(words, request, None).await, 204, "{words} {target}");
        }
        for target in CONFUSED {
            for token in [None, Some(good.as_str())] {
                let status = gate.told(words, ["GET", "api.corp.test", target], token).await;
                assert_eq!(status, 403, "{words} {target:?}");
            }
        }
        for target in ["/Health", "/health/", "/healthy", "/heal", "/"] {
            let status = gate.told(words, ["GET", "api.corp.test", target], None).await;
            assert_eq!(status, 403, "{words} {target:?}: no rule fits");
        }
    }
    for odd in [["get", "h", "/health"], ["GET", "a@h", "/health"], ["GET", "", "/health"]] {
        assert_eq!(gate.asks(odd, Some(&good)).await, 403, "{odd:?}");
    }
}

#[tokio::test]
async fn a157_a_path_below_the_check_is_the_request_as_envoy_asks() {
    let gate = Gate::ruled().await;
    let good = gate.key("*").await;
    let asks = async |target: &str, token: Option<&str>| {
        let proxy = gate.proxy().with("host", "api.corp.test");
        let proxy = token.map_or(proxy.clone(), |token| proxy.bearer(token));
        proxy.gets(&format!("/check{target}")).await.status.as_u16()
    };
    assert_eq!(asks("/health", None).await, 200);
    assert_eq!(asks("/health?x=1", None).await, 200);
    assert_eq!(asks("/orders/7", None).await, 401);
    assert_eq!(asks("/orders/7", Some(&good)).await, 200);
    assert_eq!(asks("/other", Some(&good)).await, 403);
    // An address has no `#`, and none of them is without a path here.
    for target in CONFUSED.iter().filter(|t| t.starts_with('/') && !t.contains(['#', '\\'])) {
        assert_eq!(asks(target, Some(&good)).await, 403, "{target}");
    }
    assert_eq!(asks("", Some(&good)).await, 403, "nothing is described");
}

#[tokio::test]
async fn a155_rules_hear_of_a_request_from_trusted_peers_only() {
    let gate = Gate::ruled().await;
    let good = gate.key("*").await;
    for address in [[192, 0, 2, 1], [10, 0, 0, 1], [126, 255, 255, 255]] {
        let stranger = gate.stranger.clone().from(address).bearer(&good);
        assert_eq!(stranger.clone().gets("/check").await.status, 403);
        assert_eq!(stranger.clone().gets("/check/health").await.status, 403);
        let told = stranger.with("x-original-method", "GET").with("x-original-host", "h");
        let told = told.with("x-original-uri", "/health").with("x-forwarded-for", "127.0.0.1");
        assert_eq!(told.gets("/check").await.status, 403, "{address:?}");
    }
}

#[tokio::test]
async fn a156_a_request_that_is_not_described_once_and_whole_is_refused() {
    let gate = Gate::ruled().await;
    let good = gate.key("*").await;
    let proxy = gate.proxy().bearer(&good);
    let whole = proxy.clone().with("x-original-method", "GET").with("x-original-host", "h");
    let whole = whole.with("x-original-uri", "/health");
    assert_eq!(whole.clone().gets("/check").await.status, 204);
    for (name, value) in [
        ("x-original-uri", "/health"),
        ("x-original-method", "GET"),
        ("x-original-host", "h"),
        ("x-forwarded-uri", "/health"),
        ("x-forwarded-host", "h"),
        ("x-forwarded-method", "GET"),
    ] {
        let asking = whole.clone().again(name, value);
        assert_eq!(asking.gets("/check").await.status, 403, "{name} once more");
    }
    assert_eq!(whole.clone().gets("/check/health").await.status, 403, "in two ways");
    assert_eq!(proxy.clone().gets("/check").await.status, 403, "in none");
    let part = proxy.clone().with("x-original-method", "GET").with("x-original-uri", "/health");
    assert_eq!(part.gets("/check").await.status, 403, "in part");
    let spelled = proxy.with("x_original_method", "GET").with("x_original_host", "h");
    let spelled = spelled.with("x_original_uri", "/health");
    assert_eq!(spelled.gets("/check").await.status, 403, "under other names");
}

#[tokio::test]
async fn a_form_that_the_rules_do_not_hear_is_not_looked_at() {
    let gate = Gate::ruled().await;
    gate.rule("described_by = ['x-original']\n[[rule]]\npaths = ['/health']\npublic = true");
    let forged = gate.proxy().with("x-forwarded-uri", "/health");
    let forged = forged.with("x-forwarded-method", "GET").with("x-forwarded-host", "h");
    assert_eq!(forged.clone().gets("/check").await.status, 403);
    assert_eq!(forged.gets("/check/health").await.status, 403);
    let both = gate.proxy().with("x-forwarded-uri", "/health").with("x-original-uri", "/admin");
    let both = both.with("x-original-method", "GET").with("x-original-host", "h");
    assert_eq!(both.gets("/check").await.status, 403, "the client's word changes nothing");
}

#[tokio::test]
async fn a164_a_rule_says_what_a_request_needs_and_a_gateway_may_only_need_more() {
    let gate = Gate::ruled().await;
    let reader = gate.key("shop.order.get depot.gate.open").await;
    let orders = |method| [method, "api.corp.test:8443", "/orders/7?x=1"];
    assert_eq!(gate.asks(orders("GET"), None).await, 401);
    assert_eq!(gate.asks(orders("GET"), Some("nonsense")).await, 401);
    assert_eq!(gate.asks(orders("GET"), Some(&reader)).await, 204);
    assert_eq!(gate.asks(orders("POST"), Some(&reader)).await, 403);
    assert_eq!(gate.asks(["GET", "other.corp.test", "/orders/7"], Some(&reader)).await, 403);

    let proxy = gate.proxy().bearer(&reader).with("x-original-method", "GET");
    let proxy = proxy.with("x-original-host", "api.corp.test").with("x-original-uri", "/orders/7");
    for (demand, status) in
        [("depot.gate.open", 204), ("depot.gate.close", 403), ("shop.order.get", 204), ("?", 403)]
    {
        let asking = proxy.clone().with(REQUIRE, demand);
        assert_eq!(asking.gets("/check").await.status, status, "{demand}");
    }
}

#[tokio::test]
async fn a164_where_rules_hold_nobody_else_says_for_whom_a_token_must_be() {
    let gate = Gate::ruled().await;
    let key = gate.key("*").await;
    let (shops, elsewheres) = (
        gate.exchanged(&key, Some("shop")).await,
        gate.exchanged(&key, Some("https://elsewhere.test")).await,
    );
    let asks = async |path: &str, token: &str, audience: Option<&str>| {
        let proxy = gate.proxy().bearer(token).with("x-original-method", "GET");
        let proxy = proxy.with("x-original-host", "api.corp.test").with("x-original-uri", path);
        let named = audience.map(|named| proxy.clone().with("x-chancery-audience", named));
        named.unwrap_or(proxy).gets("/check").await.status.as_u16()
    };
    let elsewhere = Some("https://elsewhere.test");
    for (path, token, audience, status) in [
        ("/orders/7", &shops, None, 401),
        ("/orders/7", &shops, Some("shop"), 403),
        ("/orders/7", &key, Some("shop"), 403),
        ("/elsewhere", &elsewheres, None, 204),
        ("/elsewhere", &elsewheres, elsewhere, 204),
        ("/elsewhere", &shops, Some("shop"), 403),
    ] {
        assert_eq!(asks(path, token, audience).await, status, "{path} for {audience:?}");
    }
}

#[tokio::test]
async fn a_rule_may_want_a_kind_or_an_audience() {
    let gate = Gate::ruled().await;
    let tokens = gate.one_of_each().await;
    let mut passed = 0;
    for token in &tokens {
        let status = gate.asks(["GET", "h", "/machines"], Some(token)).await;
        assert_eq!(status, if token.starts_with("tkst_") { 204 } else { 403 });
        passed += u16::from(status == 204);
        let status = gate.asks(["GET", "h", "/elsewhere"], Some(token)).await;
        assert_eq!(status, if token.starts_with("tkat_") { 401 } else { 204 });
    }
    assert_eq!(passed, 1);
}

#[tokio::test]
async fn a_public_request_names_nobody_and_takes_nothing_of_a_token() {
    let gate = Gate::ruled().await;
    let once = gate.wish(Wish { uses: Some(1), ..Wish::default() }).await;
    let once = once.secret.reveal();
    let proxy = gate.proxy().bearer(once).with("x-original-method", "GET");
    let proxy = proxy.with("x-original-host", "h").with("x-original-uri", "/health");
    for _ in 0..3 {
        let answer = proxy.clone().gets("/check").await;
        assert_eq!(answer.status, 204);
        let named = answer.headers.keys().any(|name| name.as_str().starts_with("x-chancery"));
        assert!(!named, "{:?}", answer.headers);
    }
    let orders = ["GET", "api.corp.test", "/orders/7"];
    assert_eq!(gate.asks(orders, Some(once)).await, 204);
    assert_eq!(gate.asks(orders, Some(once)).await, 401);
}

#[tokio::test]
async fn a_public_rule_takes_nothing_away_of_what_the_gateway_needs_by_itself() {
    let gate = Gate::ruled().await;
    let (reader, key) = (gate.key("shop.order.get").await, gate.key("*").await);
    let shops = gate.exchanged(&key, Some("shop")).await;
    let health = gate.proxy().with("x-original-method", "GET").with("x-original-host", "h");
    let health = health.with("x-original-uri", "/health");
    for (name, value, token, status) in [
        (REQUIRE, "shop.order.get", None, 401),
        (REQUIRE, "shop.order.create", Some(&reader), 403),
        (REQUIRE, "shop.order.get", Some(&reader), 204),
        ("x-chancery-audience", "shop", None, 401),
        ("x-chancery-audience", "depot", Some(&shops), 401),
        ("x-chancery-audience", "shop", Some(&shops), 204),
    ] {
        let asking = health.clone().with(name, value);
        let asking = token.map_or(asking.clone(), |token| asking.bearer(token));
        let answer = asking.gets("/check").await;
        assert_eq!(answer.status, status, "{value}");
        let named = answer.headers.contains_key("x-chancery-holder");
        assert_eq!(named, status == 204, "who passes for a token is named");
    }
}

#[tokio::test]
async fn a162_rules_hold_in_an_outage_and_nobody_passes_for_whom_nobody_can_tell() {
    let gate = Gate::ruled().await;
    let token = gate.key("shop.order.get").await;
    gate.world.break_storage();
    gate.world.clock.advance(Duration::from_secs(1));
    assert_eq!(gate.asks(["GET", "h", "/health"], None).await, 204);
    assert_eq!(gate.asks(["GET", "api.corp.test", "/orders/7"], Some(&token)).await, 503);
    assert_eq!(gate.asks(["GET", "api.corp.test", "/orders//7"], Some(&token)).await, 403);
}

#[tokio::test]
async fn a_yes_tells_what_the_rules_say_and_all_if_they_say_nothing() {
    let gate = Gate::new().await;
    let (bound, free) =
        (gate.key("read").await, gate.world.personal("alice", Wish::default()).await);
    let named = async |token: &str| {
        let proxy = gate.proxy().bearer(token).with("x-original-method", "GET");
        let proxy = proxy.with("x-original-host", "h").with("x-original-uri", "/");
        let answer = proxy.gets("/check").await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (204, "no-store"));
        let names = answer.headers.keys().map(|name| name.as_str().to_owned());
        names.filter(|name| name.starts_with("x-chancery-")).collect::<Vec<_>>().join(" ")
    };
    let ruled =
        |tell: &str| gate.rule(&format!("described_by=['x-original']\notherwise='any'\n{tell}"));
    ruled("");
    assert_eq!(
        named(&bound).await,
        "x-chancery-token x-chancery-holder x-chancery-holder-id x-chancery-holder-name \
         x-chancery-organization x-chancery-scopes x-chancery-expires",
    );
    ruled("tell = ['scopes', 'organization']");
    assert_eq!(named(&bound).await, "x-chancery-organization x-chancery-scopes");
    assert_eq!(named(free.secret.reveal()).await, "x-chancery-scopes");
    ruled("tell = []");
    assert_eq!(named(&bound).await, "");
}
