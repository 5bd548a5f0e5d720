//! The checker believes whatever a right server may answer, and finds what a wrong one does.
//!
//! A small server in memory is asked by some clients at once, is killed now and then, and every
//! choice in it follows from a list of numbers. Right, it makes legal histories, all of which must
//! pass. With one flaw built in, its histories must be found out.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::struct_excessive_bools,
    reason = "a test says so by panicking, and a model of a server is made of yes and no"
)]

mod server;
mod world;

use proptest::prelude::*;
use server::Flaw;
use trials::checker::{Promise, Violation, judge};
use trials::history::{Did, Entry, Line, Outcome};
use world::World;

fn violations(lines: &[Line]) -> Vec<Violation> {
    judge(lines.iter().cloned().map(Ok)).unwrap().violations
}

fn entries(lines: &[Line]) -> impl Iterator<Item = &Entry> {
    lines.iter().filter_map(|line| if let Line::Entry(entry) = line { Some(entry) } else { None })
}

fn is_acknowledged_change(lines: &[Line], entry: &Entry) -> bool {
    let ok = |line: &&Line| matches!(line, Line::Operation(op) if op.outcome == Outcome::Ok);
    lines.iter().filter(ok).any(|line| {
        let Line::Operation(op) = line else { return false };
        op.key.as_ref() == Some(&entry.target)
            && match (&op.did, entry.action.as_str()) {
                (Did::Issue { .. }, "token.issue")
                | (Did::Revoke, "token.revoke")
                | (Did::Check { once: true }, "token.spend")
                | (Did::LogIn { .. }, "session.open")
                | (Did::LogOut, "session.end") => true,
                (Did::Refresh { .. }, "session.refresh") => {
                    op.answer.generation == entry.generation
                }
                _ => false,
            }
    })
}

/// Takes entry number `at` out, as if it had never been, or puts it there once more.
fn with_entries(lines: &[Line], at: usize, times: usize) -> Vec<Line> {
    let (mut sequence, mut seen) = (0, 0);
    let mut spoilt = Vec::new();
    for line in lines {
        let Line::Entry(entry) = line else {
            spoilt.push(line.clone());
            continue;
        };
        let copies = if seen == at { times } else { 1 };
        seen += 1;
        for copy in 0..copies {
            sequence += 1;
            let mut entry = entry.clone();
            entry.id = format!("{}-{copy}", entry.id);
            entry.previous = format!("hash {}", sequence - 1);
            entry.hash = format!("hash {sequence}");
            entry.sequence = sequence;
            spoilt.push(Line::Entry(entry));
        }
    }
    spoilt
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_legal_history_passes(choices in prop::collection::vec(any::<u64>(), 50..1_500)) {
        let lines = World::new(None).live_through(&choices);
        prop_assert_eq!(violations(&lines), vec![]);
    }

    #[test]
    fn an_entry_of_an_acknowledged_change_can_not_be_taken_out(
        choices in prop::collection::vec(any::<u64>(), 50..600),
        at in any::<prop::sample::Index>(),
    ) {
        let lines = World::new(None).live_through(&choices);
        let entries: Vec<_> = entries(&lines).collect();
        prop_assume!(!entries.is_empty());
        let at = at.index(entries.len());
        prop_assume!(is_acknowledged_change(&lines, entries[at]));
        let promises: Vec<_> =
            violations(&with_entries(&lines, at, 0)).iter().map(|v| v.promise).collect();
        prop_assert!(promises.contains(&Promise::MissingEntry), "{:?}", promises);
    }

    #[test]
    fn no_entry_can_be_put_in_twice(
        choices in prop::collection::vec(any::<u64>(), 50..600),
        at in any::<prop::sample::Index>(),
    ) {
        let lines = World::new(None).live_through(&choices);
        let count = entries(&lines).count();
        prop_assume!(count > 0);
        let spoilt = with_entries(&lines, at.index(count), 2);
        let promises: Vec<_> = violations(&spoilt).iter().map(|v| v.promise).collect();
        prop_assert!(promises.contains(&Promise::DuplicatedEntry), "{:?}", promises);
    }
}

/// Of 60 histories of a server with this flaw, how many are found out, and for what.
fn found_out(flaw: Flaw) -> (usize, Vec<Promise>) {
    let (mut found, mut promises) = (0, Vec::new());
    for seed in 1..=60_u64 {
        let mut dice = world::Dice(world::Dice(seed).roll());
        let choices: Vec<u64> = (0..3_000).map(|_| dice.roll()).collect();
        let violations = violations(&World::new(Some(flaw)).live_through(&choices));
        found += usize::from(!violations.is_empty());
        promises.extend(violations.iter().map(|violation| violation.promise));
    }
    promises.sort_unstable();
    promises.dedup();
    (found, promises)
}

#[test]
fn every_flaw_of_a_wrong_server_is_found_out() {
    for (flaw, promise) in [
        (Flaw::LosesIssues, Promise::LostIssue),
        (Flaw::ForgetsRevokes, Promise::ForgottenRevoke),
        (Flaw::ForgetsLogouts, Promise::ForgottenRevoke),
        (Flaw::SpendsTwice, Promise::UsedTwice),
        (Flaw::RefreshesTwice, Promise::TwoSuccessors),
        (Flaw::IgnoresReuse, Promise::LiveAfterReuse),
        (Flaw::ReplacesWhatIsUsed, Promise::TwoSuccessors),
        (Flaw::LosesEntries, Promise::MissingEntry),
        (Flaw::RepeatsEntries, Promise::DuplicatedEntry),
        (Flaw::EntersRefusals, Promise::EntryForRefused),
        (Flaw::Revives, Promise::Resurrected),
    ] {
        let (found, promises) = found_out(flaw);
        assert!(found > 15, "{flaw:?} was found out in {found} of 60 histories: {promises:?}");
        assert!(promises.contains(&promise), "{flaw:?}: {promises:?}");
    }
}
