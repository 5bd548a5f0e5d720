//! Rules beside a model that says plainly what they mean.

use proptest::prelude::*;

use super::tests::{decides, original};
use super::*;

/// A rule of few words, so that many of them overlap: hosts, paths, methods.
type Few = (Vec<String>, Vec<String>, Vec<String>);

fn few() -> impl Strategy<Value = Few> {
    let list = |pattern: &'static str, least: usize| {
        proptest::collection::btree_set(pattern, least..3)
            .prop_map(|set| set.into_iter().collect::<Vec<_>>())
    };
    let paths = "(/([ab]|\\*)){1,3}|(/([ab]|\\*)){0,2}/(\\*\\*)?";
    (list("[ab]|\\*\\.[ab]|\\*\\.a\\.b", 0), list(paths, 1), list("GET|PUT", 0))
}

fn request() -> impl Strategy<Value = (String, String, String)> {
    ("GET|PUT|POST", "[ab](\\.[ab]){0,2}", "(/[abc]){0,3}/[abc]?")
}

fn written(rules: &[Few]) -> String {
    let field = |name: &str, words: &[String]| match words {
        [] => String::new(),
        words => format!("{name} = {words:?}\n"),
    };
    let rule = |(hosts, paths, methods): &Few| {
        let fields = [field("hosts", hosts), field("paths", paths), field("methods", methods)];
        format!("[[rule]]\n{}public = true\n", fields.concat())
    };
    format!("described_by = [\"path\"]\n{}", rules.iter().map(rule).collect::<String>())
}

/// Whether a rule fits, said as plainly as can be.
fn naively((hosts, paths, methods): &Few, (method, host, path): &(String, String, String)) -> bool {
    let host = |pattern: &String| match pattern.strip_prefix("*.") {
        Some(name) => {
            host.strip_suffix(name).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        }
        None => pattern == host,
    };
    let path = |pattern: &String| {
        let (start, end) =
            pattern.strip_suffix("/**").map_or((&**pattern, ""), |it| (it, "(/.*)?"));
        let start = start.replace('*', "[^/]+");
        regex::Regex::new(&format!("^{start}{end}$")).unwrap().is_match(path)
    };
    (hosts.is_empty() || hosts.iter().any(host))
        && paths.iter().any(path)
        && (methods.is_empty() || methods.contains(method))
}

/// The set, without the rules that it would tell to be unreachable; and those.
fn reachable(rules: Vec<Few>) -> (RuleSet, Vec<Few>, Vec<usize>) {
    let dead: Vec<usize> = match RuleSet::parse(&written(&rules)) {
        Ok(set) => return (set, rules, Vec::new()),
        Err(faults) => faults.iter().map(|fault| fault.rule.unwrap()).collect(),
    };
    let alive = (1..).zip(&rules).filter(|(number, _)| !dead.contains(number));
    let set = RuleSet::parse(&written(&alive.map(|(_, rule)| rule.clone()).collect::<Vec<_>>()));
    (set.unwrap(), rules, dead)
}

proptest! {
    #[test]
    fn the_tree_finds_what_looking_at_each_rule_finds(
        rules in proptest::collection::vec(few(), 1..8),
        request in request(),
    ) {
        let (set, rules, dead) = reachable(rules);
        let alive: Vec<_> =
            (1..).zip(&rules).filter(|(number, _)| !dead.contains(number)).map(|(_, rule)| rule).collect();
        let first = alive.iter().position(|rule| naively(rule, &request)).map(|place| place + 1);
        let (method, host, path) = &request;
        let found = decides(&set, &original(method, host, path));
        prop_assert_eq!(found, first.map(Some).ok_or(Refused::NoRule));
    }

    #[test]
    fn a_rule_that_is_told_to_be_unreachable_never_decides(
        rules in proptest::collection::vec(few(), 2..8),
        requests in proptest::collection::vec(request(), 20),
    ) {
        let (_, rules, dead) = reachable(rules);
        for request in &requests {
            let first = rules.iter().position(|rule| naively(rule, request)).map(|place| place + 1);
            prop_assert!(first.is_none_or(|first| !dead.contains(&first)));
        }
    }

    #[test]
    fn a_rule_at_the_end_changes_nothing_that_was_decided(
        rules in proptest::collection::vec(few(), 1..6),
        last in few(),
        request in request(),
    ) {
        let (method, host, path) = &request;
        let request = original(method, host, path);
        let more = RuleSet::parse(&written(&[rules.clone(), vec![last]].concat()));
        if let (Ok(set), Ok(more)) = (RuleSet::parse(&written(&rules)), more) {
            let before = decides(&set, &request);
            if before != Err(Refused::NoRule) {
                prop_assert_eq!(decides(&more, &request), before);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(
        text in "[\\[\\]\"=a-z_/*.\n ]{0,60}",
        rule in "[\\[\\]\"=,a-z_/*%.\\\\\n ]{0,60}",
    ) {
        let _ = RuleSet::parse(&text);
        let _ = RuleSet::parse(&format!("described_by = [\"path\"]\n[[rule]]\npaths = [{rule}]"));
    }
}
