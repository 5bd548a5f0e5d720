//! Letters to a real SMTP server, which `scripts/mail-test` starts and names in the environment.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail loudly")]

use std::{env, fs, path::PathBuf, time::Duration};

use authority::account::{Letter, Outbox as _};
use server::mail::{Courier, Post, Tally, open};

const LINK: &str = "https://chancery.example.org/console/invitation?token=tkmt_secret";

fn inbox() -> PathBuf {
    env::var_os("CHANCERY_TEST_SMTP_INBOX").expect("scripts/mail-test sets this").into()
}

fn opened(password: &str) -> (Post, Courier) {
    let server = env::var("CHANCERY_TEST_SMTP").expect("scripts/mail-test sets this");
    let setting = format!("smtp://letters:{password}@{server}?tls=none");
    open(&setting, "Chancery <chancery@example.org>", Tally::default()).unwrap()
}

fn letter(to: &str) -> Letter {
    let text = format!("Hello,\n\n{LINK}\n.\nA line of one dot must not end the letter.\n");
    Letter { to: to.to_owned(), subject: "Grüße\r\nBcc: eve@example.org".to_owned(), text }
}

/// What the server kept for this recipient.
fn arrived(to: &str) -> Option<serde_json::Value> {
    let kept = fs::read_dir(inbox()).unwrap().map(|entry| entry.unwrap().path());
    kept.filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
        .find(|letter: &serde_json::Value| letter.pointer("/to/0").is_some_and(|first| first == to))
}

#[tokio::test]
async fn a_letter_arrives_whole_and_at_one_recipient() {
    let (post, courier) = opened("pass%20word");
    post.post(letter("alice@example.org"));
    courier.run(std::future::ready(())).await;

    let kept = arrived("alice@example.org").unwrap();
    assert_eq!(kept["to"].as_array().unwrap().len(), 1);
    assert_eq!(kept["from"], "chancery@example.org");
    assert_eq!(kept["user"], "letters");
    let content = kept["content"].as_str().unwrap();
    assert!(content.contains(&format!("\r\n\r\nHello,\r\n\r\n{LINK}\r\n.\r\nA line")), "{content}");
    assert!(!content.contains("\nBcc:"), "{content}");
}

#[tokio::test]
async fn a_letter_refused_for_now_is_sent_again() {
    let (post, courier) = opened("pass%20word");
    post.post(letter("later@example.org"));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let courier = tokio::spawn(courier.run(async { drop(stopped.await) }));

    let mut look = tokio::time::interval(Duration::from_millis(50));
    while arrived("later@example.org").is_none() {
        look.tick().await;
    }

    drop(stop);
    courier.await.unwrap();
}

#[tokio::test]
async fn a_letter_refused_for_good_is_given_up_at_once() {
    let (post, courier) = opened("pass%20word");
    post.post(letter("never@example.org"));
    courier.run(std::future::ready(())).await;

    assert!(arrived("never@example.org").is_none());
}

#[tokio::test]
async fn nothing_is_sent_with_a_wrong_password() {
    let (post, courier) = opened("wrong");
    post.post(letter("bob@example.org"));
    courier.run(std::future::ready(())).await;

    assert!(arrived("bob@example.org").is_none());
}
