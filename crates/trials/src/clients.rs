//! Clients: each does one thing after another, as long as the gate is open.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::api::{self, NewToken, Told};
use crate::clock::pause;
use crate::dice::Dice;
use crate::history::{Did, Operation, Outcome};
use crate::pool::{Deed, Identity, Known, Pool, Wish};
use crate::recorder::Recorder;
use crate::wire::{Ask, Lost, Reply, Wire};

/// Whether clients may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// They wait.
    Shut,
    /// They act.
    Open,
    /// They go home.
    Over,
}

/// Before a client asks again after it had no answer.
const BREATH: Duration = Duration::from_millis(20);

/// One client.
pub struct Client {
    process: u32,
    recorder: Arc<Recorder>,
    wire: Wire,
}

/// Sends out `count` clients, numbered from 1.
pub fn send_out(
    count: u32,
    (address, seed): (SocketAddr, u64),
    recorder: &Arc<Recorder>,
    pool: &Arc<Pool>,
    gate: &watch::Receiver<Gate>,
) -> JoinSet<()> {
    let mut clients = JoinSet::new();
    for process in 1..=count {
        let client = Client::new(process, address, recorder);
        clients.spawn(client.live(Dice::new(seed, process), Arc::clone(pool), gate.clone()));
    }
    clients
}

impl Client {
    /// A client that has done nothing yet.
    pub fn new(process: u32, address: SocketAddr, recorder: &Arc<Recorder>) -> Self {
        Self { process, recorder: Arc::clone(recorder), wire: Wire::new(address) }
    }

    async fn live(mut self, mut dice: Dice, pool: Arc<Pool>, mut gate: watch::Receiver<Gate>) {
        loop {
            match gate.wait_for(|gate| *gate != Gate::Shut).await.map(|gate| *gate) {
                Ok(Gate::Open) => {}
                Ok(Gate::Shut | Gate::Over) | Err(_) => return,
            }
            let clock = *self.recorder.clock();
            let deed = pool.next(&mut dice, clock.now(), clock.wall());
            if self.act(deed, &pool).await != Some(true) {
                pause(BREATH).await;
            }
        }
    }

    /// Does it. Says whether there was an answer; nothing if nothing was asked.
    async fn act(&mut self, deed: Deed, pool: &Pool) -> Option<bool> {
        match deed {
            Deed::Issue(wish) => self.issue(wish, pool).await,
            Deed::Check(token, once) => {
                let ask = api::check(&token.secret);
                self.simple(Some(token.id), Did::Check { once }, ask, api::checked).await
            }
            Deed::Revoke(token) => {
                let ask = api::revoke(&identity(pool, token.owner)?.key, &token.id);
                self.simple(Some(token.id), Did::Revoke, ask, api::plain).await
            }
            Deed::LogIn(owner) => self.log_in(owner, pool).await,
            Deed::Refresh(pair) => {
                let did = Did::Refresh { shown: pair.generation };
                let ask = api::refresh(&pair.refresh);
                let told = self.perform(Some(pair.session.clone()), did, ask, api::paired).await?;
                pool.refreshed(&pair, told.outcome, told.given, self.recorder.clock().now());
                Some(told.outcome != Outcome::Unknown)
            }
            Deed::CheckAccess(pair) => {
                let did = Did::CheckAccess { generation: pair.generation };
                self.simple(Some(pair.session), did, api::check(&pair.access), check_access).await
            }
            Deed::LogOut(pair) => {
                let ask = api::log_out(&pair.access);
                self.simple(Some(pair.session), Did::LogOut, ask, api::plain).await
            }
        }
    }

    async fn issue(&mut self, wish: Wish, pool: &Pool) -> Option<bool> {
        let owner = identity(pool, wish.owner)?;
        let told = self.issue_by(&owner.key, &owner.user, &wish).await?;
        let known =
            told.given.map(|given| Known { id: given.id, secret: given.secret, owner: wish.owner });
        pool.wished(&wish, told.outcome, known);
        Some(told.outcome != Outcome::Unknown)
    }

    /// Asks for a token with `bearer`, which is `holder`'s.
    pub async fn issue_by(
        &mut self,
        bearer: &str,
        holder: &str,
        wish: &Wish,
    ) -> Option<Told<api::Given>> {
        let Wish { label, once, scope, expires, .. } = wish;
        let new = NewToken { label, once: *once, scope, expires: *expires };
        self.issue_as(holder, wish, api::issue(bearer, &new)).await
    }

    /// Asks for a token, which shall be `holder`'s, by asking `ask`.
    pub async fn issue_as(
        &mut self,
        holder: &str,
        wish: &Wish,
        ask: Ask,
    ) -> Option<Told<api::Given>> {
        let Wish { label, once, scope, expires, .. } = wish;
        let did = Did::Issue {
            label: label.clone(),
            once: *once,
            holder: holder.to_owned(),
            scope: Some((*scope).to_owned()),
            expires: *expires,
        };
        self.perform(None, did, ask, api::issued).await
    }

    async fn log_in(&mut self, owner: usize, pool: &Pool) -> Option<bool> {
        let Identity { email, password, .. } = identity(pool, owner)?;
        let told = self.open(email, false, api::log_in(email, password)).await;
        let outcome = told.as_ref().map(|told| told.outcome);
        pool.logged_in(told.and_then(|told| told.given));
        Some(outcome? != Outcome::Unknown)
    }

    /// Opens a session by asking `ask`, which may hold a mailed link.
    pub async fn open(&mut self, user: &str, link: bool, ask: Ask) -> Option<Told<api::Pair>> {
        self.perform(None, Did::LogIn { user: user.to_owned(), link }, ask, api::paired).await
    }

    async fn simple(
        &mut self,
        key: Option<String>,
        did: Did,
        ask: Ask,
        read: fn(Result<&Reply, Lost>) -> Told<()>,
    ) -> Option<bool> {
        let told = self.perform(key, did, ask, read).await?;
        Some(told.outcome != Outcome::Unknown)
    }

    /// Asks, reads the answer, and writes both into the history. Nothing if nobody listens: then
    /// nothing was asked.
    async fn perform<T: Named>(
        &mut self,
        key: Option<String>,
        did: Did,
        ask: Ask,
        read: fn(Result<&Reply, Lost>) -> Told<T>,
    ) -> Option<Told<T>> {
        self.wire.connect().await.ok()?;
        let invoked = self.recorder.begin();
        let reply = self.wire.ask(ask).await;
        let completed = self.recorder.clock().now();
        let told = read(reply.as_ref().map_err(|lost| *lost));
        let named = told.given.as_ref().and_then(Named::name);
        self.recorder.end(Operation {
            process: self.process,
            key: key.or(named),
            did,
            invoked,
            completed,
            outcome: told.outcome,
            answer: told.answer.clone(),
        });
        Some(told)
    }
}

fn identity(pool: &Pool, owner: usize) -> Option<&Identity> {
    pool.identities.get(owner)
}

/// Reads a check of an access token: its own id is nobody's.
fn check_access(reply: Result<&Reply, Lost>) -> Told<()> {
    let mut told = api::checked(reply);
    told.answer.token = None;
    told
}

/// What an answer gives may name a key of the history.
trait Named {
    fn name(&self) -> Option<String>;
}

impl Named for () {
    fn name(&self) -> Option<String> {
        None
    }
}

impl Named for api::Given {
    fn name(&self) -> Option<String> {
        Some(self.id.clone())
    }
}

impl Named for api::Pair {
    fn name(&self) -> Option<String> {
        Some(self.session.clone())
    }
}
