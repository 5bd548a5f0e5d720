//! What must not happen to tokens.

use trials::checker::Promise;
use trials::history::Outcome::{Ok, Refused, Unknown};
use trials::history::{Answer, Did, Line};

use crate::story::{NOON, Story};

#[test]
fn a_life_from_issue_to_revocation_is_in_order() {
    let mut story = Story::new();
    story.issue("t", false, Ok).check("t", false, Ok).revoke("t", Ok).check("t", false, Refused);
    story.revoke("t", Ok).entry("token.issue", "t").entry("token.revoke", "t");
    assert_eq!(story.broken(), []);
}

#[test]
fn a_lost_issue_is_named() {
    let mut story = Story::new();
    story.issue("t", false, Ok).entry("token.issue", "t").check("t", false, Refused);
    assert_eq!(story.broken(), [Promise::LostIssue]);
}

#[test]
fn no_answer_to_a_check_is_no_loss() {
    let mut story = Story::new();
    story.issue("t", false, Ok).entry("token.issue", "t").check("t", false, Unknown);
    assert_eq!(story.broken(), []);
}

#[test]
fn a_denial_before_the_revocation_began_is_a_loss() {
    let mut story = Story::new();
    story.issue("t", false, Ok).check("t", false, Refused).revoke("t", Ok);
    story.entry("token.issue", "t").entry("token.revoke", "t");
    assert_eq!(story.broken(), [Promise::LostIssue]);
}

#[test]
fn a_forgotten_revocation_is_named() {
    let mut story = Story::new();
    story.issue("t", false, Ok).revoke("t", Ok).check("t", false, Ok);
    story.entry("token.issue", "t").entry("token.revoke", "t");
    assert_eq!(story.broken(), [Promise::ForgottenRevoke]);
}

#[test]
fn a_revocation_without_an_answer_may_have_happened_or_not_but_not_both() {
    let mut story = Story::new();
    story.issue("t", false, Ok).entry("token.issue", "t").revoke("t", Unknown);
    story.check("t", false, Ok);
    assert_eq!(story.broken(), []);
    story.check("t", false, Refused).entry("token.revoke", "t");
    assert_eq!(story.broken(), []);
    story.check("t", false, Ok);
    assert_eq!(story.broken(), [Promise::Resurrected]);
}

#[test]
fn a_revocation_that_was_refused_excuses_no_denial() {
    let mut story = Story::new();
    story.issue("t", false, Ok).entry("token.issue", "t").revoke("t", Refused);
    story.check("t", false, Refused);
    assert_eq!(story.broken(), [Promise::LostIssue]);
}

#[test]
fn a_check_that_overlaps_the_revocation_may_go_either_way() {
    for outcome in [Ok, Refused] {
        let mut story = Story::new();
        story.issue("t", false, Ok).check("t", false, outcome);
        let Some(Line::Operation(check)) = story.lines.last_mut() else { panic!("a check") };
        check.completed += 2_000;
        story.revoke("t", Ok).entry("token.issue", "t").entry("token.revoke", "t");
        assert_eq!(story.broken(), [], "{outcome:?}");
    }
}

#[test]
fn a_use_once_token_that_is_accepted_twice_is_named() {
    let mut story = Story::new();
    story.issue("t", true, Ok).check("t", true, Ok).check("t", true, Ok);
    story.entry("token.issue", "t").entry("token.spend", "t");
    assert_eq!(story.broken(), [Promise::UsedTwice]);
}

#[test]
fn a_use_once_token_that_may_have_been_used_is_accepted_or_denied() {
    for (outcome, entries) in [(Ok, 1), (Refused, 1), (Unknown, 1), (Unknown, 0)] {
        let mut story = Story::new();
        story.issue("t", true, Ok).entry("token.issue", "t");
        story.check("t", true, Unknown).check("t", true, outcome);
        for _ in 0..entries {
            story.entry("token.spend", "t");
        }
        assert_eq!(story.broken(), [], "{outcome:?} with {entries} entries");
    }
}

#[test]
fn a_use_once_token_taken_twice_shows_in_the_journal_if_one_answer_was_lost() {
    let mut story = Story::new();
    story.issue("t", true, Ok).entry("token.issue", "t");
    story.check("t", true, Unknown).check("t", true, Ok);
    story.entry("token.spend", "t").entry("token.spend", "t");
    assert_eq!(story.broken(), [Promise::DuplicatedEntry]);
}

#[test]
fn a_token_lives_until_it_expires_and_no_longer() {
    let seen_at = |millis, outcome| {
        let mut story = Story::new();
        let did = Did::Issue {
            label: "label of t".to_owned(),
            once: false,
            holder: "alice".to_owned(),
            scope: None,
            expires: None,
        };
        let answer = Answer { expires: Some(NOON + 2_000_000), ..Answer::default() };
        story.answers("t", did, Ok, answer).entry("token.issue", "t");
        story.pass(millis).check("t", false, outcome).broken()
    };
    assert_eq!(seen_at(1_000, Refused), [Promise::LostIssue]);
    assert_eq!(seen_at(1_000, Ok), []);
    assert_eq!(seen_at(3_000, Refused), []);
    assert_eq!(seen_at(3_000, Ok), [Promise::ForgottenRevoke]);
}

#[test]
fn a_token_that_says_it_is_another_persons_is_named() {
    let says = |seen: Answer| {
        let mut story = Story::new();
        let did = Did::Issue {
            label: "label of t".to_owned(),
            once: false,
            holder: "alice".to_owned(),
            scope: Some("check".to_owned()),
            expires: Some(NOON + 5_000_000),
        };
        let answer = Answer { expires: Some(NOON + 5_000_000), ..Answer::default() };
        story.answers("t", did, Ok, answer).entry("token.issue", "t");
        story.answers("t", Did::Check { once: false }, Ok, seen).broken()
    };
    let subject = |subject: &str| Answer { subject: Some(subject.to_owned()), ..Answer::default() };
    assert_eq!(says(subject("alice")), []);
    assert_eq!(says(subject("mallory")), [Promise::SomebodyElse]);
    let scope = |scope: &str| Answer { scope: Some(scope.to_owned()), ..Answer::default() };
    assert_eq!(says(scope("check")), []);
    assert_eq!(says(scope("check write")), [Promise::Grown]);
    let later = Answer { expires: Some(NOON + 6_000_000), ..Answer::default() };
    assert_eq!(says(later), [Promise::Grown]);
}

#[test]
fn a_token_that_nobody_issued_is_named() {
    let mut story = Story::new();
    story.check("t", false, Refused);
    assert_eq!(story.broken(), []);
    story.check("t", false, Ok);
    assert_eq!(story.broken(), [Promise::SomebodyElse]);
}

#[test]
fn one_secret_for_two_is_named() {
    let mut story = Story::new();
    for token in ["t", "u"] {
        story.issue(token, false, Ok).entry("token.issue", token);
    }
    for line in &mut story.lines {
        let Line::Operation(operation) = line else { continue };
        operation.answer.secret = Some("0123456789abcdef".to_owned());
    }
    assert_eq!(story.broken(), [Promise::SomebodyElse]);
}
