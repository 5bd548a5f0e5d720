//! What must not happen to sessions.

use trials::checker::Promise;
use trials::history::Did;
use trials::history::Outcome::{Ok, Refused, Unknown};

use crate::story::Story;

fn opened() -> Story {
    let mut story = Story::new();
    story.log_in("s").entry("session.open", "s");
    story
}

#[test]
fn a_session_from_login_to_logout_is_in_order() {
    let mut story = opened();
    story.access("s", 1, Ok).refresh("s", 1, 2).access("s", 2, Ok).access("s", 1, Ok);
    story.does("s", Did::LogOut, Ok).access("s", 2, Refused).no_refresh("s", 2, Refused);
    story.entry_of("s", 2).entry("session.end", "s");
    assert_eq!(story.broken(), []);
}

#[test]
fn a_lost_login_is_named() {
    let mut story = opened();
    story.access("s", 1, Refused);
    assert_eq!(story.broken(), [Promise::LostIssue]);
    let mut story = opened();
    story.no_refresh("s", 1, Refused);
    assert_eq!(story.broken(), [Promise::LostIssue]);
}

#[test]
fn a_lost_refresh_is_named() {
    let mut story = opened();
    story.refresh("s", 1, 2).entry_of("s", 2).no_refresh("s", 2, Refused);
    assert_eq!(story.broken(), [Promise::LostIssue]);
}

#[test]
fn a_forgotten_logout_is_named() {
    let mut story = opened();
    story.does("s", Did::LogOut, Ok).entry("session.end", "s").access("s", 1, Ok);
    assert_eq!(story.broken(), [Promise::ForgottenRevoke]);
    let mut story = opened();
    story.does("s", Did::LogOut, Ok).entry("session.end", "s").refresh("s", 1, 2).entry_of("s", 2);
    assert_eq!(story.broken(), [Promise::ForgottenRevoke]);
}

#[test]
fn a_session_that_was_over_once_stays_over() {
    let mut story = opened();
    story.does("s", Did::LogOut, Unknown).access("s", 1, Refused).entry("session.end", "s");
    assert_eq!(story.broken(), []);
    story.refresh("s", 1, 2).entry_of("s", 2);
    assert_eq!(story.broken(), [Promise::Resurrected]);
}

#[test]
fn a_successor_may_be_given_again_if_its_answer_was_lost() {
    let mut story = opened();
    story.no_refresh("s", 1, Unknown).pass(1_500).refresh("s", 1, 3);
    story.entry_of("s", 2).entry_of("s", 3);
    assert_eq!(story.broken(), []);
}

#[test]
fn a_successor_that_was_replaced_and_lives_on_is_named() {
    let mut story = opened();
    story.refresh("s", 1, 2).pass(1_500).refresh("s", 1, 3).entry_of("s", 2).entry_of("s", 3);
    assert_eq!(story.broken(), []);
    story.access("s", 2, Ok);
    assert_eq!(story.broken(), [Promise::TwoSuccessors]);
}

#[test]
fn a_successor_that_was_replaced_and_is_refreshed_is_named() {
    let mut story = opened();
    story.refresh("s", 1, 2).pass(1_500).refresh("s", 1, 3).refresh("s", 2, 4);
    story.entry_of("s", 2).entry_of("s", 3).entry_of("s", 4);
    assert_eq!(story.broken(), [Promise::TwoSuccessors]);
}

#[test]
fn a_successor_that_was_in_use_and_was_replaced_is_named() {
    let mut story = opened();
    story.refresh("s", 1, 2).access("s", 2, Ok).pass(1_500).refresh("s", 1, 3);
    story.entry_of("s", 2).entry_of("s", 3);
    assert_eq!(story.broken(), [Promise::TwoSuccessors]);
}

#[test]
fn one_generation_given_twice_is_named() {
    let mut story = opened();
    story.refresh("s", 1, 2).refresh("s", 1, 2).entry_of("s", 2);
    assert!(story.broken().contains(&Promise::TwoSuccessors), "{:?}", story.broken());
}

#[test]
fn a_replacement_for_nothing_is_named() {
    let mut story = opened();
    story.refresh("s", 1, 3).entry_of("s", 3);
    assert_eq!(story.broken(), [Promise::TwoSuccessors]);
}

#[test]
fn an_old_refresh_token_ends_the_family() {
    let mut story = opened();
    story.refresh("s", 1, 2).refresh("s", 2, 3).entry_of("s", 2).entry_of("s", 3);
    story.no_refresh("s", 1, Refused).entry("session.end", "s");
    story.access("s", 3, Refused).no_refresh("s", 3, Refused);
    assert_eq!(story.broken(), []);
}

#[test]
fn what_lives_on_after_a_reuse_is_named() {
    let reused = || {
        let mut story = opened();
        story.refresh("s", 1, 2).refresh("s", 2, 3).entry_of("s", 2).entry_of("s", 3);
        story.no_refresh("s", 1, Refused).entry("session.end", "s");
        story
    };
    assert_eq!(reused().access("s", 3, Ok).broken(), [Promise::LiveAfterReuse]);
    let mut story = reused();
    story.refresh("s", 3, 4).entry_of("s", 4);
    assert_eq!(story.broken(), [Promise::LiveAfterReuse]);
}

#[test]
fn a_predecessor_shown_at_once_is_refused_and_ends_nothing() {
    let mut story = opened();
    story.refresh("s", 1, 2).access("s", 2, Ok).no_refresh("s", 1, Refused).access("s", 2, Ok);
    story.entry_of("s", 2);
    assert_eq!(story.broken(), []);
}

#[test]
fn a_predecessor_shown_later_ends_the_family_if_its_successor_is_in_use() {
    let mut story = opened();
    story.refresh("s", 1, 2).access("s", 2, Ok).pass(2_000).no_refresh("s", 1, Refused);
    story.entry_of("s", 2).entry("session.end", "s").access("s", 2, Ok);
    assert_eq!(story.broken(), [Promise::LiveAfterReuse]);
}

#[test]
fn a_reuse_that_was_accepted_is_named() {
    let mut story = opened();
    story.refresh("s", 1, 2).refresh("s", 2, 3).refresh("s", 1, 4);
    story.entry_of("s", 2).entry_of("s", 3).entry_of("s", 4);
    assert_eq!(story.broken(), [Promise::TwoSuccessors]);
}
