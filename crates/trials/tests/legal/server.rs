//! A token server in memory, right or with one flaw.

use trials::history::{Answer, Did, Entry, Moment, Outcome};

use crate::world::NOON;

/// What can be wrong with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    LosesIssues,
    ForgetsRevokes,
    ForgetsLogouts,
    SpendsTwice,
    RefreshesTwice,
    IgnoresReuse,
    ReplacesWhatIsUsed,
    LosesEntries,
    RepeatsEntries,
    EntersRefusals,
    Revives,
}

/// A token or a session, by its place in the server's list.
pub(crate) type Place = usize;

#[derive(Debug, Clone, Default)]
pub(crate) struct Token {
    once: bool,
    spent: bool,
    revoked: bool,
    lost: bool,
    expires: Option<Moment>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Session {
    generation: i64,
    floor: i64,
    used: bool,
    replaced: bool,
    ended: bool,
    refreshed: Moment,
    /// When the access token of each generation ends.
    expires: Vec<Moment>,
}

const SECOND: Moment = 1_000_000;
const ACCESS_LIFE: Moment = 20 * SECOND;

#[derive(Default)]
pub(crate) struct Server {
    flaw: Option<Flaw>,
    tokens: Vec<Token>,
    sessions: Vec<Session>,
    pub(crate) entries: Vec<Entry>,
    calls: u64,
}

/// What a request comes to.
pub(crate) type Reply = (Option<String>, Outcome, Answer);

impl Server {
    pub(crate) fn new(flaw: Option<Flaw>) -> Self {
        Self { flaw, ..Self::default() }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// A flaw that shows now and then only.
    fn slips(&self, flaw: Flaw) -> bool {
        self.has(flaw) && self.calls.is_multiple_of(5)
    }

    fn enter(&mut self, action: &str, target: &str, label: Option<&str>, generation: Option<i64>) {
        let copies = match () {
            () if self.slips(Flaw::LosesEntries) => 0,
            () if self.slips(Flaw::RepeatsEntries) => 2,
            () => 1,
        };
        for _ in 0..copies {
            let sequence = i64::try_from(self.entries.len()).unwrap() + 1;
            self.entries.push(Entry {
                id: format!("entry {sequence}"),
                lane: 1,
                sequence,
                action: action.to_owned(),
                target: target.to_owned(),
                label: label.map(str::to_owned),
                generation,
                previous: format!("hash {}", sequence - 1),
                hash: format!("hash {sequence}"),
            });
        }
    }

    /// Power fails: what is flawed forgets.
    pub(crate) fn crash(&mut self) {
        if self.has(Flaw::LosesIssues) {
            self.tokens.iter_mut().rev().take(3).for_each(|token| token.lost = true);
        }
        if self.has(Flaw::ForgetsRevokes) {
            self.tokens.iter_mut().for_each(|token| token.revoked = false);
        }
        if self.has(Flaw::ForgetsLogouts) {
            self.sessions.iter_mut().for_each(|session| session.ended = false);
        }
    }

    /// The moment at which a request takes effect.
    pub(crate) fn answer(&mut self, did: &Did, place: Place, now: Moment) -> Reply {
        self.calls += 1;
        match did {
            Did::Issue { label, once, expires, .. } => self.issue(label, *once, *expires),
            Did::Check { .. } => self.check(place, now),
            Did::Revoke => self.revoke(place),
            Did::LogIn { .. } => self.log_in(now),
            Did::Refresh { shown } => self.refresh(place, *shown, now),
            Did::LogOut => self.log_out(place),
            Did::CheckAccess { generation } => self.check_access(place, *generation, now),
        }
    }

    fn issue(&mut self, label: &str, once: bool, expires: Option<i64>) -> Reply {
        let id = format!("token {}", self.tokens.len());
        let end = expires.map(|expires| Moment::try_from(expires - NOON).unwrap());
        self.tokens.push(Token { once, expires: end, ..Token::default() });
        if label.starts_with("bad") {
            if self.has(Flaw::EntersRefusals) {
                self.enter("token.issue", &id, Some(label), None);
            }
            return refused(None);
        }
        self.enter("token.issue", &id, Some(label), None);
        let secret = Some(format!("secret of {id}"));
        (Some(id), Outcome::Ok, Answer { expires, secret, ..Answer::default() })
    }

    fn check(&mut self, place: Place, now: Moment) -> Reply {
        let id = format!("token {place}");
        let (slip, revives) = (self.slips(Flaw::SpendsTwice), self.slips(Flaw::Revives));
        let token = &mut self.tokens[place];
        let spent = token.spent && !slip;
        let over = token.revoked || spent || token.expires.is_some_and(|end| now >= end);
        if token.lost || (over && !revives) {
            return refused(Some(id));
        }
        if token.once {
            token.spent = true;
            self.enter("token.spend", &id, None, None);
        }
        let seen = Answer {
            token: Some(id.clone()),
            subject: Some("alice".to_owned()),
            ..Answer::default()
        };
        (Some(id), Outcome::Ok, seen)
    }

    fn revoke(&mut self, place: Place) -> Reply {
        let id = format!("token {place}");
        if !std::mem::replace(&mut self.tokens[place].revoked, true) {
            self.enter("token.revoke", &id, None, None);
        }
        (Some(id), Outcome::Ok, Answer::default())
    }

    fn log_in(&mut self, now: Moment) -> Reply {
        let id = format!("session {}", self.sessions.len());
        let expires = vec![0, now + ACCESS_LIFE];
        let session =
            Session { generation: 1, floor: 1, refreshed: now, expires, ..Session::default() };
        let answer = session.answer();
        self.sessions.push(session);
        self.enter("session.open", &id, None, None);
        (Some(id), Outcome::Ok, answer)
    }

    fn log_out(&mut self, place: Place) -> Reply {
        self.end(place);
        (Some(format!("session {place}")), Outcome::Ok, Answer::default())
    }

    fn end(&mut self, place: Place) {
        if !std::mem::replace(&mut self.sessions[place].ended, true) {
            self.enter("session.end", &format!("session {place}"), None, None);
        }
    }

    fn refresh(&mut self, place: Place, shown: i64, now: Moment) -> Reply {
        let id = format!("session {place}");
        let (twice, replaces) =
            (self.slips(Flaw::RefreshesTwice), self.has(Flaw::ReplacesWhatIsUsed));
        let session = &mut self.sessions[place];
        let predecessor = shown + 1 == session.generation;
        let late = now - session.refreshed >= SECOND;
        let lost = predecessor && late && (!session.used || replaces) && !session.replaced;
        if session.ended || (predecessor && !late && !twice) {
            return refused(Some(id));
        }
        if shown != session.generation && !lost && !twice {
            if !self.has(Flaw::IgnoresReuse) {
                self.end(place);
            }
            return refused(Some(id));
        }
        session.generation += 1;
        session.expires.push(now + ACCESS_LIFE);
        if lost && !twice {
            session.floor = session.generation;
        }
        (session.used, session.replaced, session.refreshed) = (false, lost, now);
        let (generation, answer) = (session.generation, session.answer());
        self.enter("session.refresh", &id, None, Some(generation));
        (Some(id), Outcome::Ok, answer)
    }

    fn check_access(&mut self, place: Place, generation: i64, now: Moment) -> Reply {
        let id = format!("session {place}");
        let session = &mut self.sessions[place];
        let end = session.expires[usize::try_from(generation).unwrap()];
        if session.ended || generation < session.floor || now >= end {
            return refused(Some(id));
        }
        session.used |= generation == session.generation;
        (Some(id), Outcome::Ok, Answer::default())
    }
}

impl Session {
    fn answer(&self) -> Answer {
        let expires = self.expires.last().map(|end| NOON + i64::try_from(*end).unwrap());
        Answer { generation: Some(self.generation), expires, ..Answer::default() }
    }
}

fn refused(id: Option<String>) -> Reply {
    (id, Outcome::Refused, Answer::default())
}
