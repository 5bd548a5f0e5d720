//! Fifty services that remember a token, and how long each still says yes after its revocation was
//! answered.

use std::sync::Arc;
use std::time::Duration;

use chancery_verify::{Verdict, Verifier};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::time::{Instant, interval};

use crate::support::{House, LEASE, check};

const CLIENTS: usize = 50;
const REVOKES: usize = 200;

/// What a client tells.
enum Told {
    /// It remembers the token.
    Warm,
    /// It says no; when it said yes the last time.
    No(Instant),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_client_says_yes_s_after_a_revocation_was_answered() {
    let house = House::new().await;
    let (ask, asked) = watch::channel(Arc::<str>::from(""));
    let (tell, mut told) = unbounded_channel();
    for _ in 0..CLIENTS {
        let (verifier, asked, tell) = (house.verifier().await, asked.clone(), tell.clone());
        tokio::spawn(client(verifier, asked, tell));
    }
    let mut late = Vec::with_capacity(CLIENTS * REVOKES);
    for _ in 0..REVOKES {
        let token = house.issue().await;
        ask.send_replace(token.secret.as_str().into());
        for _ in 0..CLIENTS {
            assert!(matches!(told.recv().await.unwrap(), Told::Warm));
        }
        let answered = house.revoke(&token).await;
        for _ in 0..CLIENTS {
            let Told::No(last_yes) = told.recv().await.unwrap() else { panic!("two rounds") };
            late.push(last_yes.saturating_duration_since(answered));
        }
    }
    late.sort_unstable();
    let at = |share: usize| late[(late.len() - 1) * share / 1_000];
    let (half, p99, most) = (at(500), at(990), at(1_000));
    println!(
        "last yes after the revocation was answered, {CLIENTS} clients, {REVOKES} revocations: \
        p50 {half:?}, p99 {p99:?}, most {most:?}; S {LEASE:?}"
    );
    assert!(most < LEASE, "a yes outlived the lease: {most:?}");
}

/// Checks each token that it is given, a thousand times a second, from its first yes to its first no.
async fn client(
    verifier: Verifier,
    mut asked: watch::Receiver<Arc<str>>,
    tell: UnboundedSender<Told>,
) {
    let mut ticks = interval(Duration::from_millis(1));
    while asked.changed().await.is_ok() {
        let token = Arc::clone(&asked.borrow_and_update());
        let mut last_yes = None;
        loop {
            match check(&verifier, &token).await {
                Ok(Verdict::Good(_)) => {
                    if last_yes.replace(Instant::now()).is_none() {
                        let _ = tell.send(Told::Warm);
                    }
                }
                Ok(Verdict::Bad(_)) if last_yes.is_some() => break,
                Ok(Verdict::Bad(_)) | Err(_) => {}
            }
            ticks.tick().await;
        }
        if let Some(last_yes) = last_yes {
            let _ = tell.send(Told::No(last_yes));
        }
    }
}
