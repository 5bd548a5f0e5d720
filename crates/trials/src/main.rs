//! Holds a trial and judges it, or judges a history that is there already.

use std::fs::File;
use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use trials::checker::judge;
use trials::figures::Figures;
use trials::history::{self, Line};
use trials::limits;
use trials::trial::{self, Plan};

/// Kills a real server at random moments, and judges what it answered.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    trial: Option<Trial>,
}

#[derive(Subcommand)]
enum Command {
    /// Judge a history.
    Check {
        /// The history.
        file: PathBuf,
    },
    /// Hold a server to the limits of tokens.
    Limits {
        /// How many use-once tokens are shown by all at the same moment.
        #[arg(long, default_value_t = 1_000)]
        rounds: u32,
        /// The server's program.
        #[arg(long, value_name = "PATH")]
        binary: PathBuf,
        /// Where the servers keep their data. Must be empty; stays.
        #[arg(long, value_name = "DIR")]
        folder: PathBuf,
    },
}

/// Hold a trial.
#[derive(Args)]
struct Trial {
    /// How often the server is killed.
    #[arg(long, default_value_t = 0)]
    kills: u32,
    /// How often the database is killed under the server; needs --control.
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    restart_database: u32,
    /// Lose what was done since the first kill, to see that the trial finds out.
    #[arg(long, hide = true)]
    sabotage: bool,
    /// From which every choice follows.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// `sqlite` or `postgres://…`.
    #[arg(long)]
    database: String,
    /// The program that kills and starts the database, and the folder that it is told.
    #[arg(long, num_args = 2, value_names = ["PROGRAM", "DIR"])]
    control: Vec<PathBuf>,
    /// The server's program.
    #[arg(long, value_name = "PATH")]
    binary: PathBuf,
    /// Where the history is written.
    #[arg(long, value_name = "FILE")]
    history: PathBuf,
    /// Where the server keeps its data. Must be empty; stays.
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
}

impl Trial {
    fn plan(self) -> Plan {
        let mut control = self.control.into_iter();
        Plan {
            kills: self.kills,
            database_kills: self.restart_database,
            sabotage: self.sabotage,
            seed: self.seed,
            database: self.database,
            control: control.next().zip(control.next()),
            binary: self.binary,
            history: self.history,
            folder: self.folder,
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match act(cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(io::stderr(), "trials: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether every promise was kept.
fn act(cli: Cli) -> io::Result<bool> {
    let file = match (cli.command, cli.trial) {
        (Some(Command::Check { file }), _) => file,
        (Some(Command::Limits { rounds, binary, folder }), _) => {
            let all = limits::run(&binary, &folder, rounds);
            tokio::runtime::Runtime::new()?.block_on(unless_told_to_end(all))?;
            return Ok(true);
        }
        (None, Some(trial)) => {
            let plan = trial.plan();
            let history = plan.history.clone();
            tokio::runtime::Runtime::new()?.block_on(unless_told_to_end(trial::run(plan)))?;
            history
        }
        (None, None) => return Err(io::Error::other("nothing is asked; see --help")),
    };
    judge_file(&file)
}

/// Whoever is told to end ends the server first, which happens when the trial is dropped.
async fn unless_told_to_end(trial: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    tokio::select! {
        held = trial => held,
        _ = terminated.recv() => Err(io::Error::other("told to end")),
        _ = interrupted.recv() => Err(io::Error::other("told to end")),
    }
}

fn judge_file(file: &Path) -> io::Result<bool> {
    let mut seed = 0;
    let lines = history::read(BufReader::with_capacity(1 << 20, File::open(file)?));
    let judgement = judge(lines.inspect(|line| {
        if let Ok(Line::Run(run)) = line {
            seed = run.seed;
        }
    }))?;
    let figures = Figures { judgement: &judgement, seed, history: file.display().to_string() };
    write!(io::stdout().lock(), "{figures}")?;
    Ok(judgement.violations.is_empty())
}
