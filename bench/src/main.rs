//! What a check, an issue and a login cost. Each figure stands beside a baseline that was run in
//! the same minute on the same machine; `bench/README.md` says how to read them.
//!
//! In-process figures come from this program; whole-process figures from `bench/http`, which uses
//! `fill` and `baseline` of this program.

#![expect(clippy::print_stdout, reason = "figures are printed")]
#![expect(clippy::disallowed_methods, reason = "a benchmark is the one place that takes real time")]

mod baseline;
mod house;
mod issue;
mod login;
mod rules;
mod verify;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// What went wrong; a benchmark just stops.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Parser)]
#[command(about = "What a check, an issue and a login cost")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// An axum handler that returns an empty 204: the baseline of `bench/http`.
    Baseline {
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:8790")]
        listen: String,
    },
    /// Fills a data directory with tokens and writes their secrets, one a line.
    Fill {
        /// The data directory: database and key file.
        #[arg(long)]
        data: PathBuf,
        /// How many tokens.
        #[arg(long, default_value_t = 1_000_000)]
        tokens: usize,
        /// Where the secrets go.
        #[arg(long)]
        secrets: PathBuf,
    },
    /// In-process `verify`, warm and cold.
    Verify {
        /// Tokens that are remembered.
        #[arg(long, default_value_t = 100_000)]
        tokens: usize,
        /// PostgreSQL instead of SQLite.
        #[arg(long)]
        postgres: Option<String>,
    },
    /// Durable issues per second at 1, 8, 64 and 256 waiting clients.
    Issue {
        /// PostgreSQL instead of SQLite.
        #[arg(long)]
        postgres: Option<String>,
        /// Seconds for each figure.
        #[arg(long, default_value_t = 3)]
        seconds: u64,
    },
    /// One decision by the gateway's rules, in process.
    Rules {
        /// How many rules there are.
        #[arg(long, default_value_t = 100)]
        rules: usize,
    },
    /// Logins per second.
    Login {
        /// How many.
        #[arg(long, default_value_t = 200)]
        count: u32,
    },
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Outcome {
    match Arguments::parse().what {
        What::Baseline { listen } => baseline::serve(&listen).await,
        What::Fill { data, tokens, secrets } => house::fill(&data, tokens, &secrets).await,
        What::Verify { tokens, postgres } => verify::run(tokens, postgres.as_deref()).await,
        What::Issue { postgres, seconds } => issue::run(postgres.as_deref(), seconds).await,
        What::Rules { rules } => rules::run(rules),
        What::Login { count } => login::run(count).await,
    }
}
