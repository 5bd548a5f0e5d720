//! Letters laid down as files.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use authority::account::{Letter, Outbox as _};
use metrics::{Counter, CounterFn};
use server::mail::{QUEUE, Tally, open};

const SENDER: &str = "Chancery <chancery@example.org>";

fn letter(subject: &str) -> Letter {
    Letter {
        to: "alice@example.org".to_owned(),
        subject: subject.to_owned(),
        text: "Follow https://chancery.example.org/?token=secret\n".to_owned(),
    }
}

fn letters(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names.iter().map(|name| fs::read_to_string(name).unwrap()).collect()
}

fn setting(folder: &Path) -> String {
    format!("file:{}", folder.display())
}

#[derive(Default)]
struct Count(AtomicU64);

impl CounterFn for Count {
    fn increment(&self, value: u64) {
        self.0.fetch_add(value, Ordering::Relaxed);
    }

    fn absolute(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn every_letter_becomes_one_file_that_only_its_owner_reads() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("mail");
    let (post, courier) = open(&setting(&folder), SENDER, Tally::default()).unwrap();
    post.post(letter("one"));
    post.post(letter("two"));

    courier.run(std::future::ready(())).await;

    let found = letters(&folder);
    assert_eq!(found.len(), 2);
    for text in &found {
        assert!(text.ends_with("\r\n\r\nFollow https://chancery.example.org/?token=secret\r\n"));
    }
    assert!(found.iter().any(|text| text.contains("Subject: one\r\n")));
    assert!(found.iter().any(|text| text.contains("Subject: two\r\n")));
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    for entry in fs::read_dir(&folder).unwrap() {
        assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn letters_that_wait_at_the_stop_are_still_delivered() {
    let home = tempfile::tempdir().unwrap();
    let (post, courier) = open(&setting(home.path()), SENDER, Tally::default()).unwrap();
    for _ in 0..100 {
        post.post(letter("many"));
    }

    courier.run(std::future::ready(())).await;

    assert_eq!(letters(home.path()).len(), 100);
}

#[tokio::test]
async fn a_letter_that_finds_the_queue_full_is_dropped_and_counted() {
    let home = tempfile::tempdir().unwrap();
    let dropped = Arc::new(Count::default());
    let tally = Tally { dropped: Counter::from_arc(Arc::clone(&dropped)), ..Tally::default() };
    let (post, _courier) = open(&setting(home.path()), SENDER, tally).unwrap();

    for _ in 0..QUEUE + 3 {
        post.post(letter("many"));
    }

    assert_eq!(dropped.0.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_letter_to_more_than_one_address_is_not_sent() {
    let home = tempfile::tempdir().unwrap();
    let failed = Arc::new(Count::default());
    let tally = Tally { failed: Counter::from_arc(Arc::clone(&failed)), ..Tally::default() };
    let (post, courier) = open(&setting(home.path()), SENDER, tally).unwrap();

    post.post(Letter { to: "a@example.org\r\nBcc: eve@example.org".to_owned(), ..letter("x") });
    courier.run(std::future::ready(())).await;

    assert!(letters(home.path()).is_empty());
    assert_eq!(failed.0.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_is_tried_four_times_with_growing_pauses() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let failed = Arc::new(Count::default());
    let tally = Tally { failed: Counter::from_arc(Arc::clone(&failed)), ..Tally::default() };
    let (post, courier) = open(&format!("smtp://{nobody}"), SENDER, tally).unwrap();
    post.post(letter("late"));
    let courier = tokio::spawn(courier.run(std::future::pending()));

    let began = tokio::time::Instant::now();
    while failed.0.load(Ordering::Relaxed) == 0 {
        tokio::time::advance(Duration::from_millis(100)).await;
        tokio::task::yield_now().await;
    }

    assert!(began.elapsed() >= Duration::from_secs(31), "{:?}", began.elapsed());
    courier.abort();
}

#[test]
fn a_setting_that_cannot_be_used_is_refused_without_showing_its_password() {
    for setting in
        ["post", "file:", "smtp://", "smtps://u:hunter2@", "smtp://u:hunter2@host?tls=maybe"]
    {
        let error = open(setting, SENDER, Tally::default()).err().unwrap();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{setting}");
    }
    assert!(open("none", "not an address", Tally::default()).is_err());
    for setting in ["none", "", "smtp://localhost:25", "smtps://u:p@mail.example.org"] {
        assert!(open(setting, SENDER, Tally::default()).is_ok(), "{setting}");
    }
}
