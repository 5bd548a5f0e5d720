//! Commands: what is asked for, and who does it.
//!
//! `serve` and `quickstart` are the server; `journal` and `doctor` look at what it keeps; the rest
//! talks to a server that runs.
//!
//! **Invariant**: no secret is taken from the command line, where others could read it, and
//! everything that is printed is printed by `print`.

mod app;
mod ask;
mod client;
mod doctor;
mod journal;
mod org;
mod print;
mod quickstart;
mod rules;
mod run;
mod settle;
mod token;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// A self-hosted token authority.
#[derive(Parser)]
#[command(name = "chancery", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    at: Where,
    #[command(subcommand)]
    command: Command,
}

/// Where things are. Everything else is set in the configuration file or by `CHANCERY_…`.
#[derive(Args, Clone, Default)]
struct Where {
    /// Configuration file (TOML); also `CHANCERY_CONFIG`.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder that everything is kept in.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<String>,
    /// Address and port to serve on, and to find the server at.
    #[arg(long, global = true, value_name = "ADDR")]
    listen: Option<String>,
    /// `sqlite` or `postgres://…`; one with a password belongs into `CHANCERY_DATABASE`.
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// The key file.
    #[arg(long, global = true, value_name = "FILE")]
    keys: Option<String>,
    /// The running server, for commands that talk to one; also `CHANCERY_SERVER`.
    #[arg(long, global = true, value_name = "URL")]
    server: Option<String>,
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t)]
    format: Format,
}

/// How results are printed.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// The main job at once: set up, show how to use it, serve.
    Quickstart,
    /// Serve.
    Serve {
        /// Say what is wrong with the settings, a line each, and don't serve.
        #[arg(long)]
        check_config: bool,
    },
    /// Tokens of the running server.
    #[command(subcommand)]
    Token(token::Token),
    /// People of the running server.
    #[command(subcommand)]
    User(user::User),
    /// Organizations of the running server.
    #[command(subcommand)]
    Org(org::Org),
    /// Applications of the running server.
    #[command(subcommand)]
    App(app::App),
    /// Service accounts of the running server.
    #[command(subcommand)]
    ServiceAccount(app::ServiceAccount),
    /// The roll: read, check, export.
    #[command(subcommand)]
    Journal(journal::Journal),
    /// The gateway's rules: what a request needs, what is wrong with a file.
    #[command(subcommand)]
    Rules(rules::Rules),
    /// Look for what could keep this installation from working.
    Doctor,
}

/// Why a command failed: lines for standard error, and the exit code.
struct Failed {
    lines: Vec<String>,
    code: u8,
}

impl Failed {
    fn new(line: impl std::fmt::Display) -> Self {
        Self { lines: vec![line.to_string()], code: 1 }
    }

    fn settings(lines: Vec<String>) -> Self {
        Self { lines, code: 2 }
    }
}

/// Does what the command line says.
pub fn main() -> ExitCode {
    let Cli { at, command } = Cli::parse();
    match act(&at, &command) {
        Ok(code) => code,
        Err(Failed { lines, code }) => {
            for line in lines {
                print::problem(&line);
            }
            ExitCode::from(code)
        }
    }
}

fn act(at: &Where, command: &Command) -> Result<ExitCode, Failed> {
    match command {
        Command::Quickstart => run::serve(settle::config(at)?, true),
        Command::Serve { check_config: true } => settle::check(at),
        Command::Serve { check_config: false } => run::serve(settle::config(at)?, false),
        Command::Token(command) => token::token(at, command),
        Command::User(command) => user::user(at, command),
        Command::Org(command) => org::org(at, command),
        Command::App(command) => app::app(at, command),
        Command::ServiceAccount(command) => app::service_account(at, command),
        Command::Journal(command) => journal::journal(at, command),
        Command::Rules(command) => rules::rules(at, command),
        Command::Doctor => doctor::doctor(at),
    }
}
