//! A trial from its first start to its last question.
//!
//! Read [`Plan`], then [`run`]: people are invited, clients are sent out, and then, so many times,
//! something is killed under them. What the server says of its journal after each start goes into
//! the history; what it all means is not decided here.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::watch;

use crate::clients::{Client, Gate, send_out};
use crate::clock::pause;
use crate::dice::Dice;
use crate::history::{Journal, Kill, Line, Moment, Start, Victim};
use crate::people;
use crate::pool::Pool;
use crate::recorder::Recorder;
use crate::roll::Roll;
use crate::server::{Server, Site};
use crate::wire::Wire;

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How often the server is killed.
    pub kills: u32,
    /// How often the database is killed under it.
    pub database_kills: u32,
    /// Whether, at each kill but the first, an embedded database is put back to what it was at the
    /// first. The trial must end badly then: it shows that it can.
    pub sabotage: bool,
    /// From which every choice follows.
    pub seed: u64,
    /// `sqlite` or `postgres://…`.
    pub database: String,
    /// The program that kills and starts the database (`scripts/postgres`), and its folder.
    pub control: Option<(PathBuf, PathBuf)>,
    /// The server's program.
    pub binary: PathBuf,
    /// Where the history goes.
    pub history: PathBuf,
    /// Where the server's data goes; removed by whoever made it.
    pub folder: PathBuf,
}

/// Clients at once.
const CLIENTS: u32 = 8;
/// People as whom they act.
const PEOPLE: usize = 4;
/// A kill comes after at most so many operations, or on a slow machine after so much time, ...
const OPERATIONS: usize = 3_000;
const LONGEST: Moment = 800_000;
/// ... and then at a moment within this time, in microseconds too.
const WITHIN: u64 = 500_000;
/// Between two looks whether it is time.
const BREATH: Duration = Duration::from_millis(1);

struct Trial {
    plan: Plan,
    site: Site,
    recorder: Arc<Recorder>,
    roll: Roll,
    gate: watch::Sender<Gate>,
    dice: Dice,
}

/// Does it all. The history is written whole when this returns.
///
/// # Errors
///
/// If the trial itself could not be held: nothing is known of the server then.
pub async fn run(plan: Plan) -> io::Result<()> {
    let kind = plan.database.split(':').next().unwrap_or_default();
    let recorder = Arc::new(Recorder::create(&plan.history, plan.seed, kind)?);
    let site = Site::new(&plan.binary, &plan.database, &plan.folder)?;
    let (server, _) = site.start(recorder.clock()).await?;
    let mut client = Client::new(0, site.address, &recorder);
    let administrator = people::administrator(&mut client).await?;
    let (mut wire, mut people) = (Wire::new(site.address), Vec::new());
    for number in 1..=PEOPLE {
        people.push(people::invite(number, &mut client, &mut wire, &site.letters()).await?);
    }
    let pool = Arc::new(Pool::new(people));
    let (gate, gated) = watch::channel(Gate::Open);
    let clients = send_out(CLIENTS, (site.address, plan.seed), &recorder, &pool, &gated);
    let roll = Roll::new(&administrator);
    let dice = Dice::new(plan.seed, 0);
    let mut trial = Trial { plan, site, recorder, roll, gate, dice };
    let server = trial.kill_server_often(server).await?;
    let server = trial.kill_database_often(server).await?;
    trial.gate.send_replace(Gate::Over);
    clients.join_all().await;
    trial.read_journal().await?;
    let well = server.stop().await?;
    trial.verify_journal().await?;
    trial.recorder.finish()?;
    if well { Ok(()) } else { Err(io::Error::other("the server did not end well")) }
}

impl Trial {
    async fn kill_server_often(&mut self, mut server: Server) -> io::Result<Server> {
        for kill in 0..self.plan.kills {
            self.wait_for_the_moment(&mut server).await?;
            let in_flight = self.recorder.in_flight();
            let at = server.kill(self.recorder.clock()).await?;
            self.gate.send_replace(Gate::Shut);
            self.recorder.note(&Line::Kill(Kill { at, what: Victim::Server, in_flight }));
            self.wait_for_silence().await;
            if self.plan.sabotage {
                match kill {
                    0 => self.site.keep_copy()?,
                    _ => self.site.put_back_copy()?,
                }
            }
            let (next, took) = self.site.start(self.recorder.clock()).await?;
            self.note_start(Victim::Server, took);
            self.read_journal().await?;
            server = next;
            self.gate.send_replace(Gate::Open);
        }
        Ok(server)
    }

    async fn kill_database_often(&mut self, mut server: Server) -> io::Result<Server> {
        for _ in 0..self.plan.database_kills {
            self.wait_for_the_moment(&mut server).await?;
            let (at, in_flight) = (self.recorder.clock().now(), self.recorder.in_flight());
            self.control("kill").await?;
            self.recorder.note(&Line::Kill(Kill { at, what: Victim::Database, in_flight }));
            self.control("restart").await?;
            while !self.site.is_ready().await {
                if server.has_ended() {
                    return Err(io::Error::other("the server ended with its database"));
                }
                pause(BREATH).await;
            }
            self.note_start(Victim::Database, self.recorder.clock().now().saturating_sub(at));
            self.read_journal().await?;
        }
        Ok(server)
    }

    /// A random moment after a random operation.
    async fn wait_for_the_moment(&mut self, server: &mut Server) -> io::Result<()> {
        let operations = u64::try_from(self.dice.below(OPERATIONS)).unwrap_or_default();
        let last = self.recorder.begun().saturating_add(operations);
        let micros = self.dice.roll() % WITHIN;
        let latest = self.recorder.clock().now().saturating_add(LONGEST);
        while self.recorder.begun() < last && self.recorder.clock().now() < latest {
            if server.has_ended() {
                return Err(io::Error::other("the server ended by itself"));
            }
            pause(BREATH).await;
        }
        pause(Duration::from_micros(micros)).await;
        Ok(())
    }

    /// Until every client knows that its connection is broken.
    async fn wait_for_silence(&self) {
        while self.recorder.in_flight() > 0 {
            pause(BREATH).await;
        }
    }

    fn note_start(&self, what: Victim, took: u64) {
        self.recorder.note(&Line::Start(Start { at: self.recorder.clock().now(), what, took }));
    }

    async fn read_journal(&mut self) -> io::Result<()> {
        self.roll.read(&self.site, &self.recorder).await
    }

    /// The whole journal, as the server's own program finds it in the database.
    async fn verify_journal(&self) -> io::Result<()> {
        let at = self.recorder.clock().now();
        let output = self.site.run(&["journal", "verify"]).await?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        let verified = output.status.success();
        self.recorder.note(&Line::Journal(Journal { at, verified, said }));
        Ok(())
    }

    async fn control(&self, verb: &str) -> io::Result<()> {
        let missing = || io::Error::other("nobody said how the database is killed");
        let (program, folder) = self.plan.control.as_ref().ok_or_else(missing)?;
        let output = Command::new(program).arg(verb).arg(folder).output().await?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(io::Error::other(format!("{} {verb}: {said}", program.display())))
    }
}
