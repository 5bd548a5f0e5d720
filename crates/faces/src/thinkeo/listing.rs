//! Lists: bare arrays. Where one is cut, a `Link` header says how to go on (RFC 8288).

use authority::id::Number;
use authority::{Actor, Authority};
use axum::Json;
use axum::http::header::LINK;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::fault::Fault;
use super::query::MOST_ROWS;

/// A list that is about to be shown to somebody.
pub(super) struct Frame<'a> {
    authority: &'a Authority,
    actor: &'a Actor,
    list: &'static str,
    limit: u32,
}

/// The rows, and how to go on where there are more.
pub(super) struct Listing<W> {
    rows: Vec<W>,
    link: Option<String>,
}

impl<'a> Frame<'a> {
    /// A list that is shown in answers of at most `limit` rows.
    pub(super) fn new(
        authority: &'a Authority,
        actor: &'a Actor,
        list: &'static str,
        limit: Option<u32>,
    ) -> Self {
        Self { authority, actor, list, limit: limit.unwrap_or(MOST_ROWS) }
    }

    /// How many rows to fetch: one more than is shown, to see whether there are more.
    pub(super) fn fetch(&self) -> u32 {
        self.limit + 1
    }

    /// The place that a cursor of this list stands for.
    pub(super) fn place(&self, cursor: &str) -> Result<String, Fault> {
        Ok(self.authority.open_cursor(self.actor, self.list, cursor)?)
    }

    /// The rows as they are shown; `number` is what the core pages by.
    pub(super) fn show<T, W: From<T>>(
        &self,
        rows: Vec<T>,
        number: impl Fn(&T) -> Number,
    ) -> Listing<W> {
        self.show_by("after", rows, |row| number(row).to_string())
    }

    /// The rows as they are shown; `key` carries the place of the last one on.
    pub(super) fn show_by<T, W: From<T>>(
        &self,
        key: &str,
        mut rows: Vec<T>,
        place: impl Fn(&T) -> String,
    ) -> Listing<W> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let link = rows.last().filter(|_| more).map(|last| {
            let cursor = self.authority.seal_cursor(self.actor, self.list, &place(last));
            format!("<?limit={limit}&{key}={cursor}>; rel=\"next\"")
        });
        Listing { rows: rows.into_iter().map(W::from).collect(), link }
    }
}

impl<W: Serialize> IntoResponse for Listing<W> {
    fn into_response(self) -> Response {
        let link = self.link.map(|link| [(LINK, link)]);
        (link, Json(self.rows)).into_response()
    }
}
