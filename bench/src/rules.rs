//! What the gateway's rules cost: one decision among some rules.

use std::fmt::Write as _;
use std::hint::black_box;

use authority::rules::{Original, RuleSet, Ruling};

use crate::Outcome;
use crate::verify::thread_time;

/// Rounds; the spread between them is printed.
const ROUNDS: usize = 7;
/// Decisions in a round, for each request.
const DECISIONS: u32 = 200_000;

pub(crate) fn run(rules: usize) -> Outcome {
    let set = RuleSet::parse(&text(rules)).map_err(|faults| format!("{faults:?}"))?;
    let end = rules.saturating_sub(1);
    for (what, target) in [
        ("an exact path", format!("/v1/service{end}/health")),
        ("a path below a pattern", format!("/v1/service{end}/items/7/parts?page=2")),
        ("an escaped path", format!("/v1/service{end}/items/%C3%A9/parts")),
        ("a path of no rule", "/v2/else/where".to_owned()),
        ("an ambiguous path", format!("/v1/service{end}/../admin")),
    ] {
        let original = Original { method: "GET", host: "api.example.com", target: &target };
        let mut rounds = (0..ROUNDS).map(|_| round(&set, &original)).collect::<Vec<_>>();
        rounds.sort_unstable();
        let (least, middle, most) = (rounds.first(), rounds.get(ROUNDS / 2), rounds.last());
        println!(
            "{what} among {rules} rules: {} ns (least {}, most {})",
            middle.unwrap_or(&0),
            least.unwrap_or(&0),
            most.unwrap_or(&0)
        );
    }
    Ok(())
}

fn round(set: &RuleSet, original: &Original<'_>) -> u128 {
    let began = thread_time();
    for _ in 0..DECISIONS {
        let ruling: Ruling<'_> = set.decide(black_box(original));
        black_box(&ruling);
    }
    (thread_time().saturating_sub(began) / DECISIONS).as_nanos()
}

/// Rules in pairs: a public path, and what is below a pattern.
fn text(rules: usize) -> String {
    let mut text = "described_by = [\"x-original\"]\n".to_owned();
    for number in 0..rules {
        let rest = if number % 2 == 0 && number + 1 < rules {
            format!("paths = [\"/v1/service{number}/health\"]\npublic = true")
        } else {
            let paths = ["health", "items/*/parts", "admin/**"]
                .map(|path| format!("\"/v1/service{number}/{path}\""));
            format!(
                "paths = [{}]\nmethods = [\"GET\", \"POST\"]\npermission = \"shop.item.get\"",
                paths.join(", ")
            )
        };
        let _ = write!(text, "[[rule]]\nhosts = [\"api.example.com\"]\n{rest}\n");
    }
    text
}
