//! Logins per second, and what a check costs while they run.

use std::time::{Duration, Instant};

use authority::account::Login;
use authority::token::Wish;

use crate::Outcome;
use crate::house::{ANY, House, PASSWORD, door};

pub(crate) async fn run(count: u32) -> Outcome {
    let house = House::new(None).await?;
    let token = house.authority.issue(&house.admin, Wish::default()).await?;
    let secret = token.secret.reveal().to_owned();
    let quiet = checks(&house, &secret, 20_000).await?;
    println!("verify alone: p50 {:?}, p99 {:?}, most {:?}", quiet.0, quiet.1, quiet.2);
    let logins = async {
        let began = Instant::now();
        for _ in 0..count {
            let login = Login { login: "admin", password: PASSWORD, code: None };
            house.authority.log_in(login, None, false, &door()).await?;
        }
        Outcome::Ok(f64::from(count) / began.elapsed().as_secs_f64())
    };
    let (rate, busy) = tokio::join!(logins, checks(&house, &secret, 200_000));
    let (rate, busy) = (rate?, busy?);
    println!("logins, one after the other: {rate:.0}/s");
    println!("verify meanwhile: p50 {:?}, p99 {:?}, most {:?}", busy.0, busy.1, busy.2);
    Ok(())
}

async fn checks(
    house: &House,
    secret: &str,
    count: usize,
) -> Outcome<(Duration, Duration, Duration)> {
    let mut times = Vec::with_capacity(count);
    for place in 0..count {
        if place % 1_000 == 0 {
            house.authority.follow().await?;
        }
        let began = Instant::now();
        house.authority.verify(secret, &ANY).await?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    Ok((at(50), at(99), times.last().copied().unwrap_or_default()))
}
