//! What operators see: metrics here, logs in `logs`.
//!
//! Every counter is registered when the process starts and kept as a handle, so that counting costs an
//! addition and no look-up.
//!
//! **Invariant**: a label is a word of this program, never an id, a name or an address.

mod logs;

use std::sync::atomic::Ordering;

use authority::Authority;
use http::StatusCode;
use metrics::{Counter, Gauge, Key, Label, Level, Metadata, Recorder as _, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

pub use logs::{Format, LogError, log, quiet_panics};

use crate::{listen, mail};

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

/// The metrics of one authority. Two of them in one process know nothing of each other.
pub struct Telemetry {
    /// Checks of tokens by what was answered.
    pub checks: Outcomes,
    /// Log-ins by what came of them.
    pub logins: Outcomes,
    /// Entries that this node has read, its own included.
    pub journal_entries: Counter,
    /// Requests that ended in a panic.
    pub panics: Counter,
    /// Tokens that are in memory.
    pub remembered: Gauge,
    /// The gateway's rules.
    pub rules: Rules,
    /// What the database's writer has done.
    pub writer: Writer,
    /// Seconds since the last read of the journal began that succeeded.
    pub lease_age: Gauge,
    /// Connections, of all listeners.
    pub connections: listen::Tally,
    /// Letters.
    pub mail: mail::Tally,
    recorder: PrometheusRecorder,
}

impl Telemetry {
    /// Registers everything. `checks` and `logins` are the words for their outcomes.
    pub fn new(checks: &[&'static str], logins: &[&'static str]) -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let register = Register(&recorder);
        Self {
            checks: register.outcomes(
                "chancery_checks_total",
                "Checks of tokens by outcome.",
                checks,
            ),
            logins: register.outcomes("chancery_logins_total", "Log-ins by outcome.", logins),
            journal_entries: register.counter(
                "chancery_journal_entries_total",
                "Journal entries read by this node, its own included.",
            ),
            panics: register.counter("chancery_panics_total", "Requests that ended in a panic."),
            remembered: register.gauge("chancery_remembered_tokens", "Tokens that are in memory."),
            rules: register.rules(),
            writer: register.writer(),
            lease_age: register
                .gauge("chancery_lease_age_seconds", "Age of what this node remembers."),
            connections: register.connections(),
            mail: register.letters(),
            recorder,
        }
    }

    /// The counters of one face's answers.
    pub fn face(&self, name: &'static str) -> Answers {
        let count = |class| {
            let labels = vec![
                Label::from_static_parts("face", name),
                Label::from_static_parts("status", class),
            ];
            Register(&self.recorder).labelled(
                "chancery_requests_total",
                "Requests by face and class of status.",
                labels,
            )
        };
        Answers { classes: ["1xx", "2xx", "3xx", "4xx", "5xx"].map(count) }
    }

    /// All metrics, as Prometheus reads them.
    pub fn render(&self) -> String {
        self.recorder.handle().render()
    }
}

/// What a writer has done since its database was opened.
pub struct Writer {
    batches: Counter,
    facts: Counter,
    failures: Counter,
}

impl Writer {
    /// Takes over what the writer has counted.
    pub fn tell(&self, stats: &storage::Stats) {
        for (counter, count) in [
            (&self.batches, &stats.batches),
            (&self.facts, &stats.facts),
            (&self.failures, &stats.failures),
        ] {
            counter.absolute(count.load(Ordering::Relaxed));
        }
    }
}

/// The gateway's rules that hold.
pub struct Rules {
    count: Gauge,
    stale: Gauge,
}

impl Rules {
    /// Takes over what holds now.
    pub fn tell(&self, authority: &Authority) {
        let count = authority.rules().map_or(0, |rules| rules.rules().len());
        self.count.set(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
        self.stale.set(f64::from(u8::from(authority.rules_are_stale())));
    }
}

/// The answers of one face, by class of status.
#[derive(Clone)]
pub struct Answers {
    classes: [Counter; 5],
}

impl Answers {
    /// Counts one answer.
    pub fn count(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).wrapping_sub(1);
        if let Some(counter) = self.classes.get(class) {
            counter.increment(1);
        }
    }
}

/// Counters by the word for what came out.
#[derive(Clone)]
pub struct Outcomes {
    known: Vec<(&'static str, Counter)>,
    other: Counter,
}

impl Outcomes {
    /// Counts one outcome. A word that was not announced counts as `other`.
    pub fn count(&self, outcome: &'static str) {
        let known = self.known.iter().find(|(word, _)| *word == outcome);
        known.map_or(&self.other, |(_, counter)| counter).increment(1);
    }

    /// Takes over what somebody else has counted, in the order in which the words were announced.
    pub fn tell(&self, counts: &[u64]) {
        for ((_, counter), count) in self.known.iter().zip(counts) {
            counter.absolute(*count);
        }
    }
}

/// Registers and describes in one breath.
struct Register<'a>(&'a PrometheusRecorder);

impl Register<'_> {
    fn labelled(&self, name: &'static str, text: &'static str, labels: Vec<Label>) -> Counter {
        self.0.describe_counter(name.into(), Some(Unit::Count), text.into());
        self.0.register_counter(&Key::from_parts(name, labels), &METADATA)
    }

    fn counter(&self, name: &'static str, text: &'static str) -> Counter {
        self.labelled(name, text, Vec::new())
    }

    fn outcome(&self, name: &'static str, text: &'static str, outcome: &'static str) -> Counter {
        self.labelled(name, text, vec![Label::from_static_parts("outcome", outcome)])
    }

    fn outcomes(&self, name: &'static str, text: &'static str, words: &[&'static str]) -> Outcomes {
        let known = words.iter().map(|word| (*word, self.outcome(name, text, word))).collect();
        Outcomes { known, other: self.outcome(name, text, "other") }
    }

    fn gauge(&self, name: &'static str, text: &'static str) -> Gauge {
        self.0.describe_gauge(name.into(), None, text.into());
        self.0.register_gauge(&Key::from_static_name(name), &METADATA)
    }

    fn connections(&self) -> listen::Tally {
        listen::Tally {
            open: self.gauge("chancery_connections", "Connections now."),
            refused: self.counter(
                "chancery_connections_refused_total",
                "Connections turned away for lack of room.",
            ),
            overdue: self.counter(
                "chancery_connections_overdue_total",
                "Connections dropped at a deadline.",
            ),
        }
    }

    fn letters(&self) -> mail::Tally {
        let letter = "Letters by what became of them.";
        mail::Tally {
            sent: self.outcome("chancery_mail_total", letter, "sent"),
            failed: self.outcome("chancery_mail_total", letter, "failed"),
            dropped: self.outcome("chancery_mail_total", letter, "dropped"),
        }
    }

    fn rules(&self) -> Rules {
        Rules {
            count: self.gauge("chancery_rules", "Rules of the gateway that hold."),
            stale: self.gauge(
                "chancery_rules_stale",
                "1 if newer rules are written than hold, because those can't be read.",
            ),
        }
    }

    fn writer(&self) -> Writer {
        Writer {
            batches: self.counter(
                "chancery_writer_batches_total",
                "Transactions that the writer has committed.",
            ),
            facts: self.counter("chancery_writer_facts_total", "Facts that the writer has kept."),
            failures: self
                .counter("chancery_writer_failures_total", "Facts that the writer could not keep."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_told_by_face_class_and_outcome() {
        let telemetry = Telemetry::new(&["good", "expired"], &["good", "wrong"]);
        let face = telemetry.face("thinkeo");
        face.count(StatusCode::NO_CONTENT);
        face.count(StatusCode::NOT_FOUND);
        face.count(StatusCode::FORBIDDEN);
        telemetry.checks.count("expired");
        telemetry.checks.count("never heard of");
        telemetry.connections.open.increment(2.0);
        let stats = storage::Stats::default();
        stats.batches.store(2, Ordering::Relaxed);
        stats.facts.store(7, Ordering::Relaxed);
        telemetry.writer.tell(&stats);

        let text = telemetry.render();

        for line in [
            r#"chancery_requests_total{face="thinkeo",status="2xx"} 1"#,
            r#"chancery_requests_total{face="thinkeo",status="4xx"} 2"#,
            r#"chancery_requests_total{face="thinkeo",status="5xx"} 0"#,
            r#"chancery_checks_total{outcome="expired"} 1"#,
            r#"chancery_checks_total{outcome="good"} 0"#,
            r#"chancery_checks_total{outcome="other"} 1"#,
            r#"chancery_mail_total{outcome="dropped"} 0"#,
            "chancery_connections 2",
            "chancery_writer_batches_total 2",
            "chancery_writer_facts_total 7",
            "chancery_writer_failures_total 0",
            "# TYPE chancery_checks_total counter",
            "# HELP chancery_checks_total Checks of tokens by outcome.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn two_authorities_in_one_process_count_apart() {
        let (one, other) = (Telemetry::new(&["good"], &[]), Telemetry::new(&["good"], &[]));
        one.checks.count("good");

        assert!(one.render().contains(r#"chancery_checks_total{outcome="good"} 1"#));
        assert!(other.render().contains(r#"chancery_checks_total{outcome="good"} 0"#));
    }
}
