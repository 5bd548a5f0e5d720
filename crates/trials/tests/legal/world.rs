//! Some clients, a server, and a list of numbers from which all that happens follows.

use trials::history::{Answer, Did, Kill, Line, Moment, Operation, Outcome, Run, Victim};

use crate::server::{Flaw, Place, Reply, Server};

/// Wall time at the beginning, in microseconds since 1970.
pub(crate) const NOON: i64 = 1_767_268_800_000_000;

/// Numbers that follow from a seed (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(most.max(1)).unwrap()).unwrap()
    }
}

/// A client that waits for an answer.
struct Pending {
    did: Did,
    place: Place,
    key: Option<String>,
    invoked: Moment,
    reply: Option<Reply>,
}

pub(crate) struct World {
    server: Server,
    now: Moment,
    clients: [Option<Pending>; 4],
    /// Requests whose clients are gone, and that may still take effect.
    adrift: Vec<(Did, Place)>,
    /// Tokens whose issue was acknowledged.
    tokens: Vec<(Place, bool)>,
    /// Sessions whose login was acknowledged, and the generations that were given.
    sessions: Vec<(Place, Vec<i64>)>,
    labels: usize,
    lines: Vec<Line>,
}

impl World {
    pub(crate) fn new(flaw: Option<Flaw>) -> Self {
        let run = Run { seed: 0, database: "none".to_owned(), wall_at_zero: NOON };
        Self {
            server: Server::new(flaw),
            now: 0,
            clients: [const { None }; 4],
            adrift: Vec::new(),
            tokens: Vec::new(),
            sessions: Vec::new(),
            labels: 0,
            lines: vec![Line::Run(run)],
        }
    }

    /// Each choice is a small step of one client, or a kill.
    pub(crate) fn live_through(mut self, choices: &[u64]) -> Vec<Line> {
        for choice in choices {
            let mut dice = Dice(*choice);
            self.now += match dice.below(40) {
                0 => 1_500_000,
                1..5 => 300_000,
                _ => 1 + dice.roll() % 5_000,
            };
            match dice.below(100) {
                0 => self.kill(),
                1 => self.give_up(&mut dice),
                2..5 => self.drift(),
                _ => self.step(&mut dice),
            }
        }
        self.kill();
        let entries = std::mem::take(&mut self.server.entries);
        self.lines.extend(entries.into_iter().map(Line::Entry));
        self.lines
    }

    fn step(&mut self, dice: &mut Dice) {
        let who = dice.below(self.clients.len());
        match self.clients[who].take() {
            None => self.clients[who] = Some(self.begin(dice)),
            Some(pending @ Pending { reply: None, .. }) => {
                let reply = Some(self.server.answer(&pending.did, pending.place, self.now));
                self.clients[who] = Some(Pending { reply, ..pending });
            }
            Some(pending) => self.end(who, pending, true),
        }
    }

    /// Everybody's connection breaks.
    fn kill(&mut self) {
        let in_flight = self.clients.iter().flatten().count();
        let in_flight = u64::try_from(in_flight).unwrap();
        self.lines.push(Line::Kill(Kill { at: self.now, what: Victim::Server, in_flight }));
        for who in 0..self.clients.len() {
            let Some(pending) = self.clients[who].take() else { continue };
            self.end(who, pending, false);
        }
        self.server.crash();
        self.now += 10_000;
    }

    /// One client waits no longer, but its request is under way.
    fn give_up(&mut self, dice: &mut Dice) {
        let who = dice.below(self.clients.len());
        let Some(pending) = self.clients[who].take() else { return };
        if pending.reply.is_none() {
            self.adrift.push((pending.did.clone(), pending.place));
        }
        self.end(who, pending, false);
    }

    fn drift(&mut self) {
        if let Some((did, place)) = self.adrift.pop() {
            self.server.answer(&did, place, self.now);
        }
    }

    fn end(&mut self, who: usize, pending: Pending, answered: bool) {
        let Pending { did, place, key, invoked, reply } = pending;
        let unknown = (key.clone(), Outcome::Unknown, Answer::default());
        let (told, outcome, answer) = reply.filter(|_| answered).unwrap_or(unknown);
        if outcome == Outcome::Ok {
            self.learn(&did, place, (told.as_deref(), answer.generation));
        }
        self.lines.push(Line::Operation(Operation {
            process: u32::try_from(who).unwrap(),
            key: told.or(key),
            did,
            invoked,
            completed: self.now,
            outcome,
            answer,
        }));
    }

    fn learn(&mut self, did: &Did, place: Place, (key, generation): (Option<&str>, Option<i64>)) {
        let number = || key.unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        match did {
            Did::Issue { once, .. } => self.tokens.push((number(), *once)),
            Did::LogIn { .. } => self.sessions.push((number(), vec![1])),
            Did::Refresh { .. } => {
                let session = self.sessions.iter_mut().find(|(known, _)| *known == place);
                session.unwrap().1.push(generation.unwrap());
            }
            Did::Check { .. } | Did::CheckAccess { .. } | Did::Revoke | Did::LogOut => {}
        }
    }

    fn begin(&mut self, dice: &mut Dice) -> Pending {
        let invoked = self.now;
        let (did, place, key) = self.wish(dice);
        Pending { did, place, key, invoked, reply: None }
    }

    fn wish(&mut self, dice: &mut Dice) -> (Did, Place, Option<String>) {
        let newest = |count: usize, dice: &mut Dice| match dice.below(3) {
            0 => dice.below(count),
            _ => count - 1 - dice.below(count.min(3)),
        };
        match dice.below(20) {
            0 => (Did::LogIn { user: "alice".to_owned(), link: false }, 0, None),
            1..12 if !self.tokens.is_empty() => {
                let (place, once) = self.tokens[newest(self.tokens.len(), dice)];
                let did = if dice.below(6) == 0 { Did::Revoke } else { Did::Check { once } };
                (did, place, Some(format!("token {place}")))
            }
            12..18 if !self.sessions.is_empty() => {
                let (place, given) = &self.sessions[newest(self.sessions.len(), dice)];
                let last = *given.last().unwrap();
                let before = given[given.len().saturating_sub(2)];
                let any = given[dice.below(given.len())];
                let did = match dice.below(12) {
                    0 => Did::LogOut,
                    1 => Did::Refresh { shown: any },
                    2 => Did::Refresh { shown: before },
                    3..6 => Did::Refresh { shown: last },
                    6..8 => Did::CheckAccess { generation: any },
                    _ => Did::CheckAccess { generation: last },
                };
                (did, *place, Some(format!("session {place}")))
            }
            _ => (self.new_token(dice), 0, None),
        }
    }

    fn new_token(&mut self, dice: &mut Dice) -> Did {
        self.labels += 1;
        let word = if dice.below(15) == 0 { "bad" } else { "good" };
        let now = NOON + i64::try_from(self.now).unwrap();
        Did::Issue {
            label: format!("{word} {}", self.labels),
            once: dice.below(3) == 0,
            holder: "alice".to_owned(),
            scope: None,
            expires: (dice.below(5) == 0).then_some(now + 3_000_000),
        }
    }
}
