//! What the clients know, all of them together: so they meet at the same tokens.

use parking_lot::Mutex;

use crate::api::Pair;
use crate::dice::Dice;
use crate::history::{Moment, Outcome};

/// Somebody as whom clients act.
#[derive(Clone)]
pub struct Identity {
    /// The user's id.
    pub user: String,
    /// Address to log in with.
    pub email: String,
    /// Password.
    pub password: String,
    /// A token that is never revoked, by which others are issued and revoked.
    pub key: String,
}

/// A token whose secret is known.
#[derive(Clone)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// Whose.
    pub owner: usize,
}

/// A token that somebody wishes for.
#[derive(Clone)]
pub struct Wish {
    /// Its name, which is its idempotency key too.
    pub label: String,
    /// For whom.
    pub owner: usize,
    /// Whether it is good for one use only.
    pub once: bool,
    /// For what.
    pub scope: &'static str,
    /// Microseconds since 1970 at which it ends.
    pub expires: Option<i64>,
}

/// A session whose login was answered.
struct Family {
    /// Every pair that was given, oldest first.
    pairs: Vec<Pair>,
    /// Refusals of the newest refresh token in a row.
    refusals: u32,
    /// Nobody refreshes before: an answer was lost, and the server takes an early repetition for
    /// a race.
    rests_until: Moment,
}

/// What somebody does next.
pub enum Deed {
    /// Wishes for a token.
    Issue(Wish),
    /// Shows a token; whether it is good for one use only.
    Check(Known, bool),
    /// Ends a token.
    Revoke(Known),
    /// Logs in.
    LogIn(usize),
    /// Shows a refresh token.
    Refresh(Pair),
    /// Shows an access token.
    CheckAccess(Pair),
    /// Ends a session.
    LogOut(Pair),
}

#[derive(Default)]
struct Lists {
    tokens: Vec<Known>,
    once: Vec<Known>,
    families: Vec<Family>,
    /// Wishes without an answer.
    open: Vec<Wish>,
    labels: u64,
    /// Logins under way: they are slow, and not what this is about.
    logins: usize,
}

/// What is known.
pub struct Pool {
    /// As whom clients act.
    pub identities: Vec<Identity>,
    lists: Mutex<Lists>,
}

/// Logins that may be under way at once.
const LOGINS: usize = 2;
/// Sessions that clients keep alive.
const FAMILIES: usize = 12;
/// Refusals in a row after which a session is taken for ended.
const GIVEN_UP: u32 = 3;
/// What a token may be good for, as the wire and as a check spell it.
const SCOPES: [&str; 3] = ["read", "authority.token.*", "authority.self.*"];
const SECOND: i64 = 1_000_000;

impl Pool {
    /// Nothing is known but who there is.
    pub fn new(identities: Vec<Identity>) -> Self {
        Self { identities, lists: Mutex::new(Lists::default()) }
    }

    /// What to do next. `now` is the run's time, `wall` microseconds since 1970.
    pub fn next(&self, dice: &mut Dice, now: Moment, wall: i64) -> Deed {
        let mut lists = self.lists.lock();
        let owner = dice.below(self.identities.len());
        let living = lists.families.iter().filter(|family| family.lives()).count();
        let wanted = (living < FAMILIES && dice.chance(50)) || dice.chance(1);
        if wanted && lists.logins < LOGINS {
            lists.logins += 1;
            return Deed::LogIn(owner);
        }
        let deed = match dice.below(100) {
            0..34 => lists.some_token(dice, 64).map(|token| Deed::Check(token, false)),
            34..50 => lists.some_once(dice).map(|token| Deed::Check(token, true)),
            50..57 => lists.some_token(dice, 64).map(Deed::Revoke),
            57..58 => lists.some_once(dice).map(Deed::Revoke),
            58..68 => lists.some_session(dice, now).map(Deed::Refresh),
            68..76 => lists.some_access(dice).map(Deed::CheckAccess),
            80 if dice.chance(250) => lists.some_old(dice).map(Deed::Refresh),
            81 if dice.chance(250) => lists.some_access(dice).map(Deed::LogOut),
            82 => lists.open.pop().map(Deed::Issue),
            _ => None,
        };
        deed.unwrap_or_else(|| Deed::Issue(lists.wish(dice, owner, wall)))
    }

    /// A wish had an answer, or none.
    pub fn wished(&self, wish: &Wish, outcome: Outcome, given: Option<Known>) {
        let mut lists = self.lists.lock();
        if let Some(known) = given {
            if wish.once { lists.once.push(known) } else { lists.tokens.push(known) }
        } else if outcome == Outcome::Unknown && lists.open.len() < 256 {
            lists.open.push(wish.clone());
        }
    }

    /// A login had an answer, or none.
    pub fn logged_in(&self, given: Option<Pair>) {
        let mut lists = self.lists.lock();
        lists.logins = lists.logins.saturating_sub(1);
        let begun = |pair| Family { pairs: vec![pair], refusals: 0, rests_until: 0 };
        lists.families.extend(given.map(begun));
    }

    /// A refresh had an answer, or none.
    pub fn refreshed(&self, shown: &Pair, outcome: Outcome, given: Option<Pair>, now: Moment) {
        let mut lists = self.lists.lock();
        let of = |family: &&mut Family| family.is(&shown.session);
        let Some(family) = lists.families.iter_mut().find(of) else { return };
        let newest = family.pairs.last().is_some_and(|pair| pair.generation == shown.generation);
        match outcome {
            Outcome::Ok => {
                family.pairs.extend(given);
                family.pairs.sort_by_key(|pair| pair.generation);
                (family.refusals, family.rests_until) = (0, 0);
            }
            Outcome::Refused if newest => {
                family.refusals += 1;
                family.rests_until = now.saturating_add(1_100_000);
            }
            Outcome::Refused => {}
            Outcome::Unknown => family.rests_until = now.saturating_add(1_100_000),
        }
    }
}

impl Family {
    fn is(&self, session: &str) -> bool {
        self.pairs.first().is_some_and(|pair| pair.session == session)
    }

    fn lives(&self) -> bool {
        self.refusals < GIVEN_UP
    }
}

impl Lists {
    /// One of the newest, or any that there ever was.
    fn some_token(&self, dice: &mut Dice, newest: usize) -> Option<Known> {
        let newest = if dice.chance(600) { newest } else { self.tokens.len() };
        dice.pick_new(&self.tokens, newest).cloned()
    }

    /// Mostly one that others are after as well.
    fn some_once(&self, dice: &mut Dice) -> Option<Known> {
        let newest = if dice.chance(850) { 6 } else { self.once.len() };
        dice.pick_new(&self.once, newest).cloned()
    }

    fn some_session(&self, dice: &mut Dice, now: Moment) -> Option<Pair> {
        let ready = |family: &&Family| family.lives() && family.rests_until <= now;
        let ready: Vec<_> = self.families.iter().filter(ready).collect();
        dice.pick(&ready).and_then(|family| family.pairs.last()).cloned()
    }

    /// A refresh token that has a successor.
    fn some_old(&self, dice: &mut Dice) -> Option<Pair> {
        let family = dice.pick_new(&self.families, 2 * FAMILIES)?;
        let (_, old) = family.pairs.split_last()?;
        let newest = if dice.chance(500) { 1 } else { old.len() };
        dice.pick_new(old, newest).cloned()
    }

    fn some_access(&self, dice: &mut Dice) -> Option<Pair> {
        let lives: Vec<_> = self.families.iter().filter(|family| family.lives()).collect();
        let family =
            if dice.chance(700) { dice.pick(&lives).copied() } else { dice.pick(&self.families) }?;
        let newest = if dice.chance(600) { 1 } else { family.pairs.len() };
        dice.pick_new(&family.pairs, newest).cloned()
    }

    fn wish(&mut self, dice: &mut Dice, owner: usize, wall: i64) -> Wish {
        self.labels += 1;
        let short = dice.chance(80);
        let past = dice.chance(30);
        let life = SECOND * i64::try_from(1 + dice.below(3)).unwrap_or(1);
        let expires = match (past, short) {
            (true, _) => Some(wall - life),
            (false, true) => Some(wall + life),
            (false, false) => None,
        };
        Wish {
            label: format!("wish-{}", self.labels),
            owner,
            once: dice.chance(450),
            scope: dice.pick(&SCOPES).copied().unwrap_or_default(),
            expires,
        }
    }
}
