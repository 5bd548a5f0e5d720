//! In-process `verify`: warm (from memory) and cold (from the database).

use std::time::{Duration, Instant};

use authority::token::Verdict;
use rustix::time::{ClockId, clock_gettime};

use crate::Outcome;
use crate::house::{ANY, House};

/// Rounds; the spread between them is printed.
const ROUNDS: usize = 7;

pub(crate) async fn run(tokens: usize, postgres: Option<&str>) -> Outcome {
    let house = House::new(postgres).await?;
    let mut secrets = Vec::with_capacity(tokens);
    house.fill(tokens, |secret| secrets.push(secret.to_owned())).await?;
    shuffle(&mut secrets);
    house.authority.follow().await?;
    cold(&house, secrets.get(..secrets.len().min(5_000)).unwrap_or_default()).await?;
    warm_up(&house, &secrets).await?;
    for share in [100, tokens / 10, tokens] {
        warm(&house, secrets.get(..share).unwrap_or(&secrets)).await?;
    }
    Ok(())
}

/// One verification after the other, each by way of the database.
async fn cold(house: &House, secrets: &[String]) -> Outcome {
    let mut times = Vec::with_capacity(secrets.len());
    for secret in secrets {
        let began = Instant::now();
        good(&house.authority.verify(secret, &ANY).await?)?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    println!("verify cold, one at a time: p50 {:?}, p99 {:?}", at(50), at(99));
    Ok(())
}

async fn warm_up(house: &House, secrets: &[String]) -> Outcome {
    for batch in secrets.chunks(5_000) {
        house.authority.follow().await?;
        for secret in batch {
            good(&house.authority.verify(secret, &ANY).await?)?;
        }
    }
    Ok(())
}

async fn warm(house: &House, secrets: &[String]) -> Outcome {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let mut spent = Duration::ZERO;
        let mut count = 0_u32;
        for batch in secrets.iter().cycle().take(400_000).collect::<Vec<_>>().chunks(20_000) {
            house.authority.follow().await?;
            let began = thread_time();
            for secret in batch {
                let verdict = house.authority.verify_warm(secret, &ANY);
                good(&verdict.ok_or("memory was silent")?)?;
            }
            spent += thread_time().saturating_sub(began);
            count += u32::try_from(batch.len())?;
        }
        rounds.push((spent / count).as_nanos());
    }
    rounds.sort_unstable();
    let (least, middle, most) = (rounds.first(), rounds.get(ROUNDS / 2), rounds.last());
    println!(
        "verify warm among {} tokens: {} ns (least {}, most {})",
        secrets.len(),
        middle.unwrap_or(&0),
        least.unwrap_or(&0),
        most.unwrap_or(&0)
    );
    Ok(())
}

fn good(verdict: &Verdict) -> Outcome {
    match verdict {
        Verdict::Good(_) => Ok(()),
        Verdict::Bad(reason, _) => Err(reason.as_str().into()),
    }
}

/// CPU time of this thread: what others do on the machine is not in it, but for the caches.
pub(crate) fn thread_time() -> Duration {
    let spec = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(spec.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(spec.tv_nsec).unwrap_or(0))
}

/// Another order, the same in each run.
fn shuffle(secrets: &mut [String]) {
    let mut state: u64 = 1;
    for place in (1..secrets.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).unwrap_or(0) % (place + 1);
        secrets.swap(place, other);
    }
}
