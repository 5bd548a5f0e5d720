//! Rule sets, as they are written and as they decide.

use super::*;
use crate::audience::LONGEST_AUDIENCE;

const SHOP: &str = r#"
    described_by = ["x-original", "grpc"]

    [[rule]]
    paths = ["/health"]
    public = true

    [[rule]]
    hosts = ["api.example.com", "*.example.org"]
    paths = ["/orders/*", "/files/**"]
    methods = ["GET"]
    token = "any"

    [[rule]]
    hosts = ["api.example.com"]
    paths = ["/orders/**"]
    permission = "shop.order.create AND (shop.order.get OR shop.admin.get)"
    audience = "https://api.example.com"
    kinds = ["api_key", "service_account"]
"#;

pub(super) fn original<'a>(method: &'a str, host: &'a str, target: &'a str) -> Original<'a> {
    Original { method, host, target }
}

fn faults(text: &str) -> Vec<String> {
    let faults = RuleSet::parse(text).map(|set| panic!("{set:?}")).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

/// What is wrong with one rule.
fn fault(rule: &str) -> String {
    let text = format!("described_by = [\"path\"]\n[[rule]]\n{rule}\n");
    faults(&text).join("\n")
}

/// The number of the rule that decides.
pub(super) fn decides(set: &RuleSet, request: &Original<'_>) -> Result<Option<usize>, Refused> {
    match set.decide(request) {
        Ruling::Public { rule } => Ok(Some(rule)),
        Ruling::Needs { rule, .. } => Ok(rule),
        Ruling::Refused(why) => Err(why),
    }
}

#[test]
fn the_first_rule_that_fits_decides() {
    let shop = RuleSet::parse(SHOP).unwrap();
    let decides = |method, host, target| decides(&shop, &original(method, host, target));
    assert_eq!(decides("PATCH", "anywhere", "/health?deep=1"), Ok(Some(1)));
    assert_eq!(decides("GET", "API.example.com:443", "/orders/7"), Ok(Some(2)));
    assert_eq!(decides("GET", "a.b.example.org", "/files"), Ok(Some(2)));
    assert_eq!(decides("POST", "api.example.com", "/orders/7"), Ok(Some(3)));
    assert_eq!(decides("GET", "api.example.com", "/orders/"), Ok(Some(3)));
    assert_eq!(decides("GET", "example.org", "/orders/7"), Err(Refused::NoRule));
    assert_eq!(decides("GET", "api.example.com", "/Health"), Err(Refused::NoRule));
    assert_eq!(decides("GET", "api.example.com", "/health/"), Err(Refused::NoRule));
}

#[test]
fn the_first_rule_decides_even_where_a_later_one_is_narrower() {
    let text = r#"
        described_by = ["path"]
        [[rule]]
        paths = ["/a/**"]
        methods = ["GET"]
        token = "any"
        [[rule]]
        paths = ["/a/b"]
        public = true
    "#;
    let set = RuleSet::parse(text).unwrap();
    assert_eq!(decides(&set, &original("GET", "h", "/a/b")), Ok(Some(1)));
    assert_eq!(decides(&set, &original("PUT", "h", "/a/b")), Ok(Some(2)));
}

#[test]
fn a_rule_says_what_a_token_must_be_good_for() {
    let shop = RuleSet::parse(SHOP).unwrap();
    let Ruling::Needs { needs, .. } = shop.decide(&original("POST", "api.example.com", "/orders"))
    else {
        panic!("it needs a token")
    };
    let demand = needs.demand.as_ref().unwrap().to_string();
    assert_eq!(demand, "shop.order.create AND (shop.order.get OR shop.admin.get)");
    assert_eq!(needs.audience.as_deref(), Some("https://api.example.com"));
    assert_eq!(*needs.kinds, [Kind::ApiKey, Kind::ServiceAccount]);
    let ruling = shop.decide(&original("GET", "api.example.com", "/files/a"));
    assert_eq!(ruling, Ruling::Needs { rule: Some(2), needs: &Requirement::default() });
}

#[test]
fn what_no_rule_fits_is_refused_unless_the_set_says_otherwise() {
    let request = original("GET", "api.example.com", "/else");
    let decide = |text: &str| decides(&RuleSet::parse(text).unwrap(), &request);
    assert_eq!(decide("described_by = [\"path\"]"), Err(Refused::NoRule));
    assert_eq!(decide("described_by = [\"path\"]\notherwise = \"refuse\""), Err(Refused::NoRule));
    assert_eq!(decide("described_by = [\"path\"]\notherwise = \"any\""), Ok(None));
}

#[test]
fn a_set_says_what_a_yes_tells() {
    let tells = |tell: &str| {
        let set = RuleSet::parse(&format!("described_by = [\"path\"]\n{tell}")).unwrap();
        set.tells().iter().map(Told::word).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(tells(""), "token holder holder-id holder-name organization scopes expires");
    assert_eq!(tells("tell = [\"scopes\", \"holder-id\"]"), "holder-id scopes");
    assert_eq!(tells("tell = []"), "");
    for (tell, wrong) in [
        ("[\"name\"]", "`name` is none of token, holder,"),
        ("\"scopes\"", "a list of texts is needed"),
        ("[7]", "a list of texts is needed"),
        ("[\"token\", \"token\"]", "`token` is there twice"),
    ] {
        let told = faults(&format!("described_by = [\"path\"]\ntell = {tell}")).join("\n");
        assert!(told.starts_with("tell: ") && told.contains(wrong), "{told}");
    }
}

#[test]
fn a157_an_ambiguous_request_is_refused_even_where_everything_is_public() {
    let text = "described_by = [\"path\"]\n[[rule]]\npaths = [\"/**\"]\npublic = true";
    let open = RuleSet::parse(text).unwrap();
    let (host, target) = ("api.example.com", "/health");
    assert_eq!(decides(&open, &original("GET", host, target)), Ok(Some(1)));
    for (request, why) in [
        (original("GET", host, "/health/../admin"), Ambiguity::DotSegment),
        (original("GET", "user@api.example.com", target), Ambiguity::Host),
        (original("get", host, target), Ambiguity::Method),
        (original("GE T", host, target), Ambiguity::Method),
        (original("", host, target), Ambiguity::Method),
        (original("CONNECT", host, "api.example.com:443"), Ambiguity::NotAPath),
        (original("OPTIONS", host, "*"), Ambiguity::NotAPath),
    ] {
        assert_eq!(decides(&open, &request), Err(Refused::Ambiguous(why)), "{request:?}");
    }
    assert!(decides(&open, &original(&"M".repeat(32), host, target)).is_ok());
    assert!(decides(&open, &original(&"M".repeat(33), host, target)).is_err());
}

#[test]
fn a_set_hears_what_it_says() {
    let shop = RuleSet::parse(SHOP).unwrap();
    let heard = Form::ALL.map(|form| shop.hears(form));
    assert_eq!(heard, [true, false, false, true]);
}

#[test]
fn a_url_is_the_request_that_a_client_makes_of_it() {
    let of = |url| Original::of_url("GET", url);
    let host = "api.example.com:8443";
    assert_eq!(
        of("https://api.example.com:8443/a/../b?c"),
        Some(original("GET", host, "/a/../b?c"))
    );
    assert_eq!(of("HTTP://api.example.com:8443"), Some(original("GET", host, "/")));
    assert_eq!(of("https://u:p@h/"), Some(original("GET", "u:p@h", "/")));
    assert_eq!(of("https://h\\@evil/"), Some(original("GET", "h", "\\@evil/")));
    for none in ["/a", "ftp://h/a", "h/a", "//h/a", ""] {
        assert_eq!(of(none), None, "{none}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_where() {
    let text = r#"
        otherwise = "public"
        colour = "red"
        [[rule]]
        paths = ["/a/../b", "/%61", "/c", "/c"]
        permission = "shop.order.create AND"
        methods = ["get"]
        [[rule]]
        path = ["/a"]
        hosts = ["API.example.com"]
        public = false
        [[rule]]
        paths = []
        audience = "https://api.example.com x"
        kinds = ["refresh", "api_key"]
        token = 7
    "#;
    assert_eq!(
        faults(text),
        [
            "`colour` is unknown; known are described_by, otherwise, tell, rule",
            "described_by: one or more are needed of x-original, x-forwarded, path, grpc",
            "otherwise: `refuse`, or `any` for any good token",
            "rule 1, paths: `/c` is there twice",
            "rule 1, paths: `/a/../b` fits no request: the path has a segment . or ..",
            "rule 1, paths: `/%61` is compared as `/a`: write that",
            "rule 1, methods: `get` is no method such as GET",
            "rule 1, permission: a permission is missing",
            "rule 2: `path` is unknown; known are hosts, paths, methods, public, token, permission, audience, kinds",
            "rule 2, hosts: `API.example.com` is compared as `api.example.com`: write that",
            "rule 2, paths: at least one is needed; for any, /**",
            "rule 2, public: say `true`, or leave it out",
            "rule 3, paths: a list of texts is needed, with at least one",
            "rule 3, token: a text is needed",
            "rule 3, audience: 1 to 255 visible characters of ASCII",
            "rule 3, kinds: `refresh` is none of api_key, personal, integration, service_account, access",
            "rule 3: `token = \"any\"` and what a token must be: say one",
        ]
    );
}

#[test]
fn a_rule_asks_for_one_thing_or_says_that_it_is_public() {
    let paths = "paths = [\"/a\"]\n";
    for (asks, told) in [
        ("", "one is needed"),
        ("public = true\ntoken = \"any\"", "say one"),
        ("public = true\npermission = \"a.b\"", "say one"),
        ("token = \"any\"\nkinds = [\"access\"]", "say one"),
        ("token = \"some\"", "say `any`"),
        ("public = \"true\"", "say `true`"),
        ("permission = [\"a.b\"]", "a text is needed"),
        ("kinds = []", "at least one"),
        ("kinds = [7]", "a list of texts"),
        ("audience = \"\"", "visible characters"),
        ("audience = \"a b\"", "visible characters"),
    ] {
        let fault = fault(&format!("{paths}{asks}"));
        assert!(fault.contains(told), "{asks}: {fault}");
    }
    let named =
        ["orders", "shop/api", "a@b", "urn:example:orders", "https://api.example.com/v1?a=b"];
    for audience in named {
        let text = format!("described_by = [\"path\"]\n[[rule]]\n{paths}audience = \"{audience}\"");
        assert!(RuleSet::parse(&text).is_ok(), "{audience}");
    }
}

#[test]
fn a_rule_set_has_bounds() {
    let rules = |count: usize| {
        let rule = |n| format!("[[rule]]\npaths = [\"/{n}\"]\npublic = true\n");
        format!("described_by = [\"path\"]\n{}", (0..count).map(rule).collect::<String>())
    };
    assert!(RuleSet::parse(&rules(MOST_RULES)).is_ok());
    assert!(faults(&rules(MOST_RULES + 1)).concat().contains("at most 1000 rules"));

    let paths = |count: usize| {
        let paths: Vec<String> = (0..count).map(|n| format!("\"/{n}\"")).collect();
        format!("paths = [{}]\npublic = true", paths.join(", "))
    };
    assert!(RuleSet::parse(&format!("described_by = [\"path\"]\n[[rule]]\n{}", paths(64))).is_ok());
    assert!(fault(&paths(65)).contains("paths: at most 64"));

    let long = |bytes: usize| format!("paths = [\"/{}\"]\npublic = true", "a".repeat(bytes - 1));
    assert!(
        RuleSet::parse(&format!("described_by = [\"path\"]\n[[rule]]\n{}", long(1_024))).is_ok()
    );
    assert!(fault(&long(1_025)).contains("longer than 1024 bytes"));

    let filled = |bytes: usize| format!("{SHOP}#{}", "a".repeat(bytes - SHOP.len() - 1));
    assert!(RuleSet::parse(&filled(LONGEST_TEXT)).is_ok());
    assert!(faults(&filled(LONGEST_TEXT + 1)).concat().contains("longer than"));

    let audience = |bytes: usize| {
        let audience = "a".repeat(bytes);
        let rule = format!("[[rule]]\npaths = [\"/a\"]\naudience = \"{audience}\"");
        RuleSet::parse(&format!("described_by = [\"path\"]\n{rule}"))
    };
    assert!(audience(LONGEST_AUDIENCE).is_ok());
    assert!(audience(LONGEST_AUDIENCE + 1).is_err());

    let many = "[[rule]]\n".repeat(MOST_RULES);
    assert_eq!(faults(&many).len(), 100);
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    assert!(faults("described_by = [\"path\"]\n[[rule]\n").concat().starts_with("line 2: "));
    assert!(faults("rule = 7").concat().contains("begins with [[rule]]"));
    assert!(faults("rule = [7]").concat().contains("begins with [[rule]]"));
    assert!(faults(&"[".repeat(10_000)).concat().starts_with("line 1: "));
    assert!(faults("").concat().contains("x-original, x-forwarded, path, grpc"));
}

#[test]
fn a_rule_that_an_earlier_one_covers_is_told() {
    let two = |first: &str, second: &str| {
        let text = format!(
            "described_by = [\"path\"]\n[[rule]]\n{first}\npublic = true\n[[rule]]\n{second}\npublic = true"
        );
        RuleSet::parse(&text).is_err()
    };
    assert!(two("paths = [\"/**\"]", "paths = [\"/a\"]"));
    assert!(two("paths = [\"/a\", \"/b/*\"]", "paths = [\"/b/c\", \"/a\"]\nmethods = [\"GET\"]"));
    assert!(two(
        "paths = [\"/a\"]\nhosts = [\"*.b.c\"]",
        "paths = [\"/a\"]\nhosts = [\"*.a.b.c\"]"
    ));
    assert!(!two("paths = [\"/a\"]\nmethods = [\"GET\"]", "paths = [\"/a\"]"));
    assert!(!two("paths = [\"/a\"]\nhosts = [\"b.c\"]", "paths = [\"/a\"]"));
    assert!(!two("paths = [\"/a\"]", "paths = [\"/a\", \"/b\"]"));
    assert!(!two(
        "paths = [\"/a\"]\nmethods = [\"GET\"]",
        "paths = [\"/a\"]\nmethods = [\"GET\", \"PUT\"]"
    ));
}

#[test]
fn rules_that_never_decide_are_looked_for_in_a_bounded_time() {
    let paths: Vec<String> = (0..63).map(|n| format!("\"/shared/{n}\"")).collect();
    let rule = |own: usize| {
        format!("[[rule]]\npaths = [{}, \"/own/{own}\"]\npublic = true\n", paths.join(", "))
    };
    let set = |rules: usize| {
        let rules: String = (0..rules).chain([0]).map(rule).collect();
        RuleSet::parse(&format!("described_by = [\"path\"]\n{rules}"))
    };
    assert!(set(10).is_err(), "the last is the first again");
    assert!(set(60).is_ok(), "it is not found after a million comparisons");
}
