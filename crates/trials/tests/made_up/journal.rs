//! What must not happen to the journal.

use trials::checker::Promise;
use trials::history::Outcome::{Ok, Refused, Unknown};
use trials::history::{Did, Journal, Line};

use crate::story::Story;

#[test]
fn a_missing_entry_is_named() {
    let missing = |act: fn(&mut Story) -> &mut Story| act(&mut Story::new()).broken();
    assert_eq!(missing(|s| s.issue("t", false, Ok)), [Promise::MissingEntry]);
    assert_eq!(
        missing(|s| s.issue("t", false, Ok).entry("token.issue", "t").revoke("t", Ok)),
        [Promise::MissingEntry]
    );
    assert_eq!(
        missing(|s| s.issue("t", true, Ok).entry("token.issue", "t").check("t", true, Ok)),
        [Promise::MissingEntry]
    );
    assert_eq!(missing(|s| s.log_in("s")), [Promise::MissingEntry]);
    assert_eq!(
        missing(|s| s.log_in("s").entry("session.open", "s").refresh("s", 1, 2)),
        [Promise::MissingEntry]
    );
    assert_eq!(
        missing(|s| s.log_in("s").entry("session.open", "s").does("s", Did::LogOut, Ok)),
        [Promise::MissingEntry]
    );
}

#[test]
fn a_duplicated_entry_is_named() {
    let twice = |action: &str, target: &str| {
        let mut story = Story::new();
        story.issue("t", true, Ok).check("t", true, Ok).revoke("t", Ok);
        story.entry("token.issue", "t").entry("token.spend", "t").entry("token.revoke", "t");
        story.log_in("s").refresh("s", 1, 2).does("s", Did::LogOut, Ok);
        story.entry("session.open", "s").entry_of("s", 2).entry("session.end", "s");
        assert_eq!(story.broken(), []);
        match action {
            "session.refresh" => story.entry_of(target, 2).broken(),
            action => story.entry(action, target).broken(),
        }
    };
    for action in ["token.issue", "token.spend", "token.revoke"] {
        assert_eq!(twice(action, "t"), [Promise::DuplicatedEntry], "{action}");
    }
    for action in ["session.refresh", "session.end"] {
        assert_eq!(twice(action, "s"), [Promise::DuplicatedEntry], "{action}");
    }
    assert_eq!(twice("session.open", "s"), [Promise::DuplicatedEntry]);
}

#[test]
fn the_same_entry_in_two_places_is_named() {
    let mut story = Story::new();
    story.entry("user.update", "u").entry("user.update", "u");
    assert_eq!(story.broken(), []);
    story.last_entry().id = "entry 1".to_owned();
    assert_eq!(story.broken(), [Promise::DuplicatedEntry]);
}

#[test]
fn an_entry_for_a_refused_change_is_named() {
    let mut story = Story::new();
    story.issue("t", false, Refused).entry("token.issue", "t");
    assert_eq!(story.broken(), [Promise::EntryForRefused]);
    let mut story = Story::new();
    story.revoke("t", Refused).entry("token.revoke", "t");
    assert_eq!(story.broken(), [Promise::EntryForRefused]);
    let mut story = Story::new();
    story.issue("t", true, Ok).entry("token.issue", "t").revoke("t", Ok).check("t", true, Refused);
    story.entry("token.revoke", "t").entry("token.spend", "t");
    assert_eq!(story.broken(), [Promise::EntryForRefused]);
}

#[test]
fn an_entry_that_nobody_asked_for_is_named() {
    for action in ["token.issue", "token.revoke", "token.spend", "session.open", "session.end"] {
        let mut story = Story::new();
        assert_eq!(story.entry(action, "t").broken(), [Promise::EntryFromNowhere], "{action}");
    }
    let mut story = Story::new();
    assert_eq!(story.entry_of("s", 2).broken(), [Promise::EntryFromNowhere]);
}

#[test]
fn a_change_without_an_answer_has_one_entry_or_none() {
    let mut story = Story::new();
    story.issue("t", false, Unknown);
    assert_eq!(story.broken(), []);
    story.entry("token.issue", "t");
    assert_eq!(story.broken(), []);
    story.entry("token.issue", "t");
    assert_eq!(story.broken(), [Promise::DuplicatedEntry]);
}

#[test]
fn a_login_without_an_answer_has_one_entry_or_none() {
    let mut story = Story::new();
    story.does("", Did::LogIn { user: "alice".to_owned(), link: false }, Unknown);
    assert_eq!(story.broken(), []);
    story.entry("session.open", "s");
    assert_eq!(story.broken(), []);
    story.entry("session.open", "u");
    assert_eq!(story.broken(), [Promise::DuplicatedEntry]);
}

#[test]
fn a_mailed_link_is_spent_once() {
    let mut story = Story::new();
    story.does("", Did::LogIn { user: "alice".to_owned(), link: true }, Unknown);
    assert_eq!(story.broken(), []);
    story.entry("token.spend", "link");
    assert_eq!(story.broken(), []);
    story.entry("token.spend", "another");
    assert_eq!(story.broken(), [Promise::DuplicatedEntry]);
}

#[test]
fn an_entry_that_names_another_token_is_named() {
    let mut story = Story::new();
    story.issue("t", false, Ok).entry("token.issue", "t").last_entry().target = "u".to_owned();
    assert_eq!(story.broken(), [Promise::SomebodyElse]);
}

#[test]
fn a_gap_is_named() {
    let mut story = Story::new();
    story.entry("user.update", "u").entry("user.update", "u");
    story.last_entry().sequence = 3;
    assert_eq!(story.broken(), [Promise::BrokenJournal]);
}

#[test]
fn a_rewritten_entry_is_named() {
    let mut story = Story::new();
    story.entry("user.update", "u").last_entry().hash = "another".to_owned();
    assert_eq!(story.entry("user.update", "u").broken(), [Promise::BrokenJournal]);
}

#[test]
fn a_journal_that_does_not_verify_is_named() {
    let mut story = Story::new();
    let said = "entry 7 of lane 1 was changed".to_owned();
    story.lines.push(Line::Journal(Journal { at: 1, verified: false, said }));
    assert_eq!(story.broken(), [Promise::BrokenJournal]);
}
