//! Two nodes, a journal, and a verifier between which everything is late, lost or out of order: whatever
//! happens, no remembered yes is given S after a revocation was answered, or later.

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::memory::{Memory, Recollection, Ticket};

const TOKENS: usize = 4;
/// Two tokens share a slot, and one shares its slot with nobody.
const SLOTS: [u16; TOKENS] = [1, 2, 2, 3];
/// Forgettings that a node tells one by one.
const LATEST: usize = 3;

/// A step; what it is about is taken of what there is.
#[derive(Debug, Clone)]
enum Step {
    Pass(u64),
    /// Steps that belong together, without anything between them.
    Heartbeat(usize),
    Question(usize, usize),
    Looked(usize, usize),
    Round(usize),
    Told(usize),
    Disable(usize, usize),
    Enable(usize, usize),
    Read(usize),
    Follow(usize),
    Restart(usize),
    Ask(usize, usize),
    Cursor(usize),
    Look(usize),
    Deliver(usize),
    Poll(usize),
    Arrive(usize),
    Tell(usize),
    Obey(usize),
    Lose(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let (token, any) = (0..TOKENS, 0..3_usize);
    let node = prop_oneof![4 => Just(0), 1 => Just(1)];
    prop_oneof![
        8 => (1..250_u64).prop_map(Step::Pass),
        8 => node.clone().prop_map(Step::Heartbeat),
        8 => node.clone().prop_map(Step::Round),
        8 => (token.clone(), node.clone()).prop_map(|(t, n)| Step::Question(t, n)),
        4 => (token.clone(), node.clone()).prop_map(|(t, n)| Step::Looked(t, n)),
        4 => node.clone().prop_map(Step::Told),
        2 => (token.clone(), node.clone()).prop_map(|(t, n)| Step::Disable(t, n)),
        2 => (token.clone(), node.clone()).prop_map(|(t, n)| Step::Enable(t, n)),
        3 => node.clone().prop_map(Step::Read),
        3 => node.clone().prop_map(Step::Follow),
        1 => node.clone().prop_map(Step::Restart),
        2 => (token, node.clone()).prop_map(|(t, n)| Step::Ask(t, n)),
        2 => any.clone().prop_map(Step::Cursor),
        2 => any.clone().prop_map(Step::Look),
        5 => any.clone().prop_map(Step::Deliver),
        2 => node.prop_map(Step::Poll),
        2 => any.clone().prop_map(Step::Arrive),
        2 => any.clone().prop_map(Step::Tell),
        5 => any.clone().prop_map(Step::Obey),
        1 => any.prop_map(Step::Lose),
    ]
}

/// A node: what it has read of the journal, and what it forgot.
#[derive(Clone)]
struct Node {
    run: u64,
    read: usize,
    began: Option<u64>,
    reading: Option<(u64, usize)>,
    ticket: u64,
    latest: Vec<u16>,
    /// What it remembers of each token: how much of the journal it knew of when it looked.
    loaded: [Option<usize>; TOKENS],
}

/// A question on its way.
struct Question {
    token: usize,
    node: usize,
    ticket: Ticket,
    cursor: Option<Cursor>,
    good: Option<bool>,
}

/// A poll on its way.
struct Poll {
    node: usize,
    after: Option<Cursor>,
    sent: u64,
    arrived: Option<u64>,
    told: Option<Told>,
}

struct Model {
    now: u64,
    runs: u64,
    journal: Vec<(usize, bool)>,
    /// Since when each token is no good, as somebody was told.
    dead: [Option<u64>; TOKENS],
    nodes: Vec<Node>,
    memory: Memory,
    questions: Vec<Question>,
    polls: Vec<Poll>,
}

impl Model {
    fn new() -> Self {
        Self {
            now: 1_000,
            runs: 2,
            journal: Vec::new(),
            dead: [None; TOKENS],
            nodes: vec![Node::new(0, 0), Node::new(1, 0)],
            memory: Memory::new(LEASE, 100, 100),
            questions: Vec::new(),
            polls: Vec::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Pass(time) => self.now += time,
            Step::Heartbeat(node) => self.all(&[Step::Read(node), Step::Follow(node)]),
            Step::Question(token, node) => {
                let last = self.questions.len();
                self.take(&Step::Looked(token, node));
                self.take(&Step::Deliver(last));
            }
            Step::Looked(token, node) => {
                let last = self.questions.len();
                self.take(&Step::Ask(token, node));
                self.all(&[Step::Cursor(last), Step::Look(last)]);
            }
            Step::Round(node) => {
                let last = self.polls.len();
                self.take(&Step::Told(node));
                self.take(&Step::Obey(last));
            }
            Step::Told(node) => {
                let last = self.polls.len();
                self.take(&Step::Poll(node));
                self.all(&[Step::Arrive(last), Step::Tell(last)]);
            }
            Step::Disable(token, node) => self.change(token, node, false),
            Step::Enable(token, node) => self.change(token, node, true),
            Step::Read(node) => self.nodes[node].reading = Some((self.now, self.journal.len())),
            Step::Follow(node) => self.follow(node),
            Step::Restart(node) => self.restart(node),
            Step::Ask(token, node) => {
                let ticket = self.memory.ticket(at(self.now));
                let question = Question { token, node, ticket, cursor: None, good: None };
                self.questions.push(question);
            }
            Step::Cursor(place) => self.cursor(place),
            Step::Look(place) => self.look(place),
            Step::Deliver(place) => self.deliver(place),
            Step::Poll(node) => {
                let after = self.memory.cursor();
                let poll = Poll { node, after, sent: self.now, arrived: None, told: None };
                self.polls.push(poll);
            }
            Step::Arrive(place) => {
                let now = self.now;
                if let Some(poll) = self.polls.get_mut(place) {
                    poll.arrived = poll.arrived.or(Some(now));
                }
            }
            Step::Tell(place) => self.tell(place),
            Step::Obey(place) => self.obey(place),
            Step::Lose(place) => {
                if place < self.polls.len() {
                    drop(self.polls.remove(place));
                }
            }
        }
    }

    fn all(&mut self, steps: &[Step]) {
        for step in steps {
            self.take(step);
        }
    }

    /// Changes a token on a node, which forgets it before anybody is told.
    fn change(&mut self, token: usize, node: usize, good: bool) {
        self.journal.push((token, good));
        self.nodes[node].forget(SLOTS[token]);
        self.dead[token] = if good { None } else { self.dead[token].or(Some(self.now)) };
    }

    fn follow(&mut self, node: usize) {
        let Some((began, upto)) = self.nodes[node].reading.take() else { return };
        for place in self.nodes[node].read..upto {
            let (token, _) = self.journal[place];
            self.nodes[node].forget(SLOTS[token]);
        }
        let node = &mut self.nodes[node];
        node.read = node.read.max(upto);
        node.began = node.began.max(Some(began));
    }

    fn restart(&mut self, node: usize) {
        self.nodes[node] = Node::new(self.runs, self.journal.len());
        self.runs += 1;
    }

    fn cursor(&mut self, place: usize) {
        if let Some(question) = self.questions.get_mut(place) {
            let node = &self.nodes[question.node];
            question.cursor = question.cursor.take().or_else(|| Some(node.cursor()));
        }
    }

    /// The node looks: at what it remembers, else at the truth, which it remembers then.
    fn look(&mut self, place: usize) {
        let Some(question) = self.questions.get_mut(place) else { return };
        let node = &mut self.nodes[question.node];
        if question.cursor.as_ref().is_none_or(|cursor| cursor.instance != node.cursor().instance) {
            return;
        }
        let upto = *node.loaded[question.token].get_or_insert(self.journal.len());
        let known = self.journal[..upto].iter().rev().find(|(token, _)| *token == question.token);
        question.good = Some(known.is_none_or(|(_, good)| *good));
    }

    fn deliver(&mut self, place: usize) {
        if self.questions.get(place).is_none_or(|question| question.good.is_none()) {
            return;
        }
        let Question { token, ticket, cursor, good, .. } = self.questions.remove(place);
        let mut says = if good.unwrap() { yes() } else { no("disabled") };
        says["slots"] = json!([0, SLOTS[token]]);
        let cursor = cursor.unwrap().to_string();
        let answers = json!({ "cursor": cursor, "results": [says] });
        let answers: Answers = serde_json::from_value(answers).unwrap();
        let verdict = answers.verdict().unwrap();
        self.memory.keep(key(token), &ticket, &answers, &verdict);
    }

    fn tell(&mut self, place: usize) {
        let Some(poll) = self.polls.get_mut(place) else { return };
        let node = &self.nodes[poll.node];
        let (Some(arrived), Some(began), None) = (poll.arrived, node.began, &poll.told) else {
            return;
        };
        let age_ms = self.now - began;
        if age_ms < 500 {
            let slots = node.since(poll.after.as_ref());
            poll.told = Some(Told {
                cursor: node.cursor(),
                all: slots.is_none(),
                slots: slots.unwrap_or_default(),
                waited_ms: self.now - arrived,
                age_ms,
            });
        }
    }

    fn obey(&mut self, place: usize) {
        if self.polls.get(place).is_some_and(|poll| poll.told.is_some()) {
            let Poll { after, sent, told, .. } = self.polls.remove(place);
            self.memory.obey(after.as_ref(), &told.unwrap(), at(sent), at(self.now));
        }
    }

    /// How many yeses are remembered; each of a token that was good less than S ago.
    fn yeses(&self) -> Result<usize, TestCaseError> {
        let mut count = 0;
        for (token, dead) in self.dead.iter().enumerate() {
            let recalled = self.memory.recall(&key(token), at(self.now));
            if matches!(recalled, Recollection::Known(Verdict::Good(_))) {
                let late = dead.is_some_and(|dead| self.now >= dead + 500);
                prop_assert!(!late, "token {} at {}, dead since {:?}", token, self.now, dead);
                count += 1;
            }
        }
        Ok(count)
    }
}

impl Node {
    /// A node that starts when there is so much of the journal, and has looked at every token.
    fn new(run: u64, read: usize) -> Self {
        let (ticket, latest, loaded) = (1, Vec::new(), [Some(read); TOKENS]);
        Self { run, read, began: None, reading: None, ticket, latest, loaded }
    }

    fn cursor(&self) -> Cursor {
        Cursor { instance: format!("run{}", self.run).into(), ticket: self.ticket }
    }

    fn forget(&mut self, slot: u16) {
        self.ticket += 1;
        self.latest.push(slot);
        for (known, _) in self.loaded.iter_mut().zip(SLOTS).filter(|(_, depends)| *depends == slot)
        {
            *known = None;
        }
    }

    fn since(&self, after: Option<&Cursor>) -> Option<Vec<u16>> {
        let after = after.filter(|after| after.instance == self.cursor().instance)?;
        let missed = usize::try_from(self.ticket.checked_sub(after.ticket)?).unwrap();
        (missed <= LATEST).then(|| self.latest[self.latest.len() - missed..].to_vec())
    }
}

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn key(token: usize) -> [u8; 32] {
    let mut key = [0; 32];
    key[0] = u8::try_from(token).unwrap();
    key
}

#[test]
fn no_remembered_yes_outlives_s_after_a_revocation_was_answered() {
    let yeses = Cell::new(0);
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&vec(step(), 0..150), |steps| {
        let mut model = Model::new();
        for step in &steps {
            model.take(step);
            yeses.set(yeses.get() + model.yeses()?);
        }
        Ok(())
    });
    outcome.unwrap();
    assert!(yeses.get() > 4_000, "nothing was remembered: {}", yeses.get());
}
