//! Requests that a browser sends though its user didn't mean to: group 11 of the attack book.

use super::{Browser, changing, reading};
use crate::ground::{Ground, walk};
use crate::walks::{everything, fits, journal};

#[tokio::test]
async fn a169_a_change_by_cookie_without_the_sessions_own_seal_is_403_and_changes_nothing() {
    let ground = Ground::new().await;
    let tenant = ground.tenant("root", ["mia", "gil"]).await;
    let (browser, other) = (Browser::of(&ground, "root").await, Browser::of(&ground, "mia").await);
    let page = ground.stranger.gets("/api/").await;
    let nobodys = super::cookie(&page.headers, "csrftoken");
    let cookies = |text: &str| ground.stranger.clone().with("cookie", text);
    let session = format!("awx_sessionid={}", browser.session);
    let both = format!("{session}; csrftoken={}", browser.seal);
    let sealed = || browser.sealed(&ground, &browser.seal);
    let forged = [
        ("no seal at all", cookies(&session)),
        ("a seal in the cookie only", cookies(&both)),
        ("a seal in the header only", cookies(&session).with("x-csrftoken", &browser.seal)),
        ("two seals", cookies(&both).with("x-csrftoken", &other.seal)),
        ("another session's", browser.sealed(&ground, &other.seal)),
        ("no session's", browser.sealed(&ground, &nobodys)),
        ("one that was made up", browser.sealed(&ground, &"0".repeat(64))),
        ("an empty one", browser.sealed(&ground, "")),
        ("another origin's", sealed().with("origin", "https://evil.test")),
    ];
    let before = journal(&ground).await;
    for (name, forged) in &forged {
        for row in changing() {
            let answer = walk(forged, row, |_, thing| tenant.id(thing).to_owned()).await;
            let (row, body) = (row.name(), &answer.body);
            assert_eq!(answer.status, 403, "{name}: {row}: {body}");
            assert!(body.starts_with(r#"{"detail":"CSRF Failed: "#), "{name}: {row}: {body}");
        }
    }
    assert_eq!(journal(&ground).await, before, "nothing was changed");
}

#[tokio::test]
async fn a_browser_may_do_every_row_with_its_seal_and_read_without_one() {
    let (ground, tenant, _) = everything().await;
    let browser = Browser::of(&ground, "root").await;
    let bare = ground.stranger.clone();
    let bare = bare.with("cookie", &format!("awx_sessionid={}", browser.session));
    for row in reading() {
        let answer = walk(&bare, row, |_, thing| tenant.id(thing).to_owned()).await;
        assert!(fits(row, &answer), "{}: {} {}", row.name(), answer.status, answer.body);
    }
    for row in changing() {
        let (ground, tenant, _) = everything().await;
        let browser = Browser::of(&ground, "root").await;
        let sealed = browser.sealed(&ground, &browser.seal);
        let answer = walk(&sealed, row, |_, thing| tenant.id(thing).to_owned()).await;
        assert!(fits(row, &answer), "{}: {} {}", row.name(), answer.status, answer.body);
    }
}

#[tokio::test]
async fn a009_a_cookie_adds_nothing_to_what_the_header_says() {
    let ground = Ground::new().await;
    let tenant = ground.tenant("root", ["mia", "gil"]).await;
    let browser = Browser::of(&ground, "root").await;
    let read = ground.world.personal("root", reads()).await;
    let beside = |text: &str| browser.sealed(&ground, &browser.seal).with("authorization", text);
    let before = journal(&ground).await;
    for row in changing() {
        let own = |_, thing| tenant.id(thing).to_owned();
        let narrow = beside(&format!("Bearer {}", read.secret.reveal()));
        assert_eq!(walk(&narrow, row, own).await.status, 403, "{}", row.name());
        for no in ["Bearer nonsense", "Basic !", "Negotiate abc", ""] {
            assert_eq!(walk(&beside(no), row, own).await.status, 401, "{no}: {}", row.name());
        }
    }
    assert_eq!(journal(&ground).await, before, "nothing was changed");
}

fn reads() -> authority::token::Wish {
    let scopes = Some(authority::scope::Scopes::read());
    authority::token::Wish { scopes, ..authority::token::Wish::default() }
}
