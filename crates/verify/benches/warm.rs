//! What a warm check costs, in this thread's CPU time, among one, some and many remembered tokens.
//!
//! ```sh
//! cargo bench -p chancery-verify
//! ```

#![expect(clippy::print_stdout, reason = "figures are printed")]

use std::error::Error;
use std::time::Duration;

use axum::routing::{get, post};
use axum::{Json, Router};
use chancery_verify::{Need, Verdict, Verifier};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const ROUNDS: usize = 7;
const CHECKS: usize = 1_000_000;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let authority = Router::new()
        .route("/authority/v1/verify", post(async || Json(answers())))
        .route("/authority/v1/feed", get(async || Json(told())));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, authority).await });
    for count in [1, 10_000, 1_000_000] {
        measure(&base, count).await?;
    }
    Ok(())
}

/// Everybody is good, and nothing is forgotten.
fn answers() -> Value {
    let (id, kind) = ("019b796d-d600-777d-b6d4-73eb9820713c", "ak");
    let holder = json!({ "kind": "user", "id": id });
    let (scopes, keep, slots) = (["read"], 600_000, [0, 3_825, 5_333, 28_732, 53_109]);
    let result = json!({
        "valid": true, "id": id, "kind": kind, "holder": holder, "scopes": scopes,
        "keep_ms": keep, "slots": slots,
    });
    json!({ "cursor": "a1.1", "results": [result] })
}

fn told() -> Value {
    json!({ "cursor": "a1.1", "all": false, "slots": [], "waited_ms": 0, "age_ms": 0 })
}

async fn measure(base: &str, count: usize) -> Result<(), Box<dyn Error>> {
    let verifier = Verifier::builder(base, "own")
        .lease(Duration::from_secs(10))
        .remember(count * 2)
        .start()?;
    verifier.ready().await;
    let need = Need::permission("library.book.read");
    let token = |number: usize| format!("tkak_{:0>43}{:0>6}", number * 7_919, number % 9_973);
    let mut tokens: Vec<String> = (0..count).map(token).collect();
    shuffle(&mut tokens);
    warm(&verifier, &need, &tokens).await?;
    // They lie in memory in the order in which they come: what was just received needs no waiting for.
    let received = tokens.join(" ");
    let tokens: Vec<&str> = received.split(' ').collect();
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let (began, mut silent) = (thread_time(), 0_usize);
        for token in tokens.iter().cycle().take(CHECKS) {
            let verdict = verifier.check_warm(token, &need);
            silent += usize::from(!matches!(verdict, Some(Verdict::Good(_))));
        }
        let spent = thread_time().saturating_sub(began);
        rounds.push((spent / u32::try_from(CHECKS)?).as_nanos());
        // A remembered token may be driven out by others; it may not be the rule.
        if silent > CHECKS / 50 {
            return Err(format!("memory was silent {silent} times").into());
        }
    }
    rounds.sort_unstable();
    let at = |place: usize| rounds.get(place).copied().unwrap_or_default();
    let (least, middle, most) = (at(0), at(ROUNDS / 2), at(ROUNDS - 1));
    println!("warm check among {count} tokens: {middle} ns (least {least}, most {most})");
    Ok(())
}

/// Asks about each once, 64 at a time.
async fn warm(verifier: &Verifier, need: &Need, tokens: &[String]) -> Result<(), Box<dyn Error>> {
    let mut tasks = tokio::task::JoinSet::new();
    for part in tokens.chunks(tokens.len().div_ceil(64)) {
        let (verifier, need, part) = (verifier.clone(), need.clone(), part.to_vec());
        tasks.spawn(async move {
            for token in part {
                verifier.check(&token, &need).await.map_err(|error| error.to_string())?;
            }
            Ok::<(), String>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

fn thread_time() -> Duration {
    let spec = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(spec.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(spec.tv_nsec).unwrap_or(0))
}

/// Another order, the same in each run.
fn shuffle(tokens: &mut [String]) {
    let mut state: u64 = 1;
    for place in (1..tokens.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).unwrap_or(0) % (place + 1);
        tokens.swap(place, other);
    }
}
