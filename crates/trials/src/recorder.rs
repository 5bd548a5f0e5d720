//! Writes the history while it happens.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::clock::Stopwatch;
use crate::history::{self, Line, Moment, Operation, Run};

/// Takes lines from all clients.
pub struct Recorder {
    clock: Stopwatch,
    out: Mutex<Out>,
    begun: AtomicU64,
    ended: AtomicU64,
}

struct Out {
    file: BufWriter<File>,
    /// The first failure to write.
    failure: Option<io::Error>,
}

impl Recorder {
    /// Begins a history.
    ///
    /// # Errors
    ///
    /// If the file can't be made. What can't be written later is told by [`Recorder::finish`].
    pub fn create(path: &Path, seed: u64, database: &str) -> io::Result<Self> {
        let clock = Stopwatch::start();
        let file = BufWriter::with_capacity(1 << 20, File::create(path)?);
        let recorder = Self {
            clock,
            out: Mutex::new(Out { file, failure: None }),
            begun: AtomicU64::new(0),
            ended: AtomicU64::new(0),
        };
        let database = database.to_owned();
        recorder.note(&Line::Run(Run { seed, database, wall_at_zero: clock.wall_at_zero() }));
        Ok(recorder)
    }

    /// The clock of this history.
    pub fn clock(&self) -> &Stopwatch {
        &self.clock
    }

    /// An operation begins now.
    pub fn begin(&self) -> Moment {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.clock.now()
    }

    /// An operation has ended.
    pub fn end(&self, operation: Operation) {
        self.note(&Line::Operation(operation));
        self.ended.fetch_add(1, Ordering::SeqCst);
    }

    /// An operation was not begun after all: nothing was sent.
    pub fn withdraw(&self) {
        self.ended.fetch_add(1, Ordering::SeqCst);
    }

    /// Operations that have begun.
    pub fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// Operations that have begun and not ended.
    pub fn in_flight(&self) -> u64 {
        let ended = self.ended.load(Ordering::SeqCst);
        self.begun().saturating_sub(ended)
    }

    /// Writes a line.
    pub fn note(&self, line: &Line) {
        let mut out = self.out.lock();
        let Out { file, failure } = &mut *out;
        if failure.is_none() {
            *failure = history::write(line, file).err();
        }
    }

    /// Writes what is still in memory.
    ///
    /// # Errors
    ///
    /// If any line could not be written: the history is not whole then.
    pub fn finish(&self) -> io::Result<()> {
        let mut out = self.out.lock();
        match out.failure.take() {
            Some(failure) => Err(failure),
            None => out.file.flush(),
        }
    }
}
