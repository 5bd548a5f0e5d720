//! What is set while running.

use std::collections::BTreeMap;

use authority::id::kind::Entry;
use authority::journal::Cursors;

use super::given::*;
use crate::{empty_store, reopen};

async fn change(store: &impl Store, changes: &[(&str, Option<&str>)]) {
    let changes = changes
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)))
        .collect::<BTreeMap<_, _>>();
    let note = note("installation.settings", id::<Entry>(1));
    assert_eq!(store.change_settings(&changes, note).await, Ok(()));
}

async fn now(store: &impl Store) -> Vec<(String, String)> {
    store.settings("").await.unwrap().into_iter().collect()
}

fn both(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[tokio::test]
async fn nothing_is_set_at_first() {
    let store = empty_store().await;
    assert_eq!(store.settings("").await, Ok(BTreeMap::new()));
}

#[tokio::test]
async fn what_is_set_stays_until_it_is_set_anew_or_taken_back() {
    let store = empty_store().await;
    change(&*store, &[("a", Some("1")), ("b", Some("\u{1F511}")), ("c", None)]).await;
    assert_eq!(now(&*store).await, [both("a", "1"), both("b", "\u{1F511}")]);
    change(&*store, &[("a", Some("2")), ("b", None), ("d", Some(""))]).await;
    let store = reopen(store).await;
    assert_eq!(now(&*store).await, [both("a", "2"), both("d", "")]);
}

#[tokio::test]
async fn settings_are_found_by_how_their_names_begin() {
    let store = empty_store().await;
    let all = [("a.b", Some("1")), ("a.c", Some("2")), ("aXb", Some("3")), ("A.b", Some("4"))];
    change(&*store, &all).await;
    let found = store.settings("a.").await.unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [both("a.b", "1"), both("a.c", "2")]);
}

#[tokio::test]
async fn a_text_of_a_mebibyte_can_be_set() {
    let store = empty_store().await;
    let text = "\u{1F511}".repeat(1 << 18);
    change(&*store, &[("a", Some(&text))]).await;
    assert_eq!(now(&*store).await, [both("a", &text)]);
}

#[tokio::test]
async fn a_change_of_several_settings_is_one_entry() {
    let store = empty_store().await;
    change(&*store, &[("a", Some("1")), ("b", Some("2"))]).await;
    let all = store.entries_after(&Cursors::new(), 9).await.unwrap();
    let actions: Vec<_> = all.iter().map(|entry| &*entry.draft.action).collect();
    assert_eq!(actions, ["installation.settings"]);
}
