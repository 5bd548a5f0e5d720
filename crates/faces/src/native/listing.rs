//! Pages: `limit` and a sealed `cursor` in the query, `items` and `next` in the answer.

use authority::id::Number;
use authority::token::store::Page;
use authority::{Actor, Authority};
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::fault::Fault;

/// Things on a page where none are asked for, and at most.
const USUAL: u32 = 50;
pub(super) const MOST: u32 = 200;

/// Which page is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Paging {
    /// Things on the page: 1 to 200, 50 if not said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page.
#[derive(Serialize, ToSchema)]
pub(super) struct Listed<T> {
    /// What is on it.
    items: Vec<T>,
    /// The cursor of the next page; null if this is the last.
    next: Option<String>,
}

impl Paging {
    /// A page that is asked for in other words.
    pub(super) fn new(limit: Option<u32>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// How many are asked for.
    pub(super) fn limit(&self) -> Result<u32, Fault> {
        limit(self.limit)
    }

    /// The page by number that is asked for, of a list with this name.
    pub(super) fn page(
        &self,
        authority: &Authority,
        actor: &Actor,
        list: &str,
    ) -> Result<Page, Fault> {
        let limit = self.limit()?;
        let Some(cursor) = &self.cursor else {
            return Ok(Page::first(limit));
        };
        let place = authority.open_cursor(actor, list, cursor)?;
        let bad = |_| Fault::invalid("cursor", "one that this list gave");
        Ok(Page { after: place.parse::<Number>().map_err(bad)?, limit })
    }
}

pub(super) fn limit(asked: Option<u32>) -> Result<u32, Fault> {
    let limit = asked.unwrap_or(USUAL);
    let fits = (1..=MOST).contains(&limit);
    if fits { Ok(limit) } else { Err(Fault::invalid("limit", "1 to 200")) }
}

/// A page of things that have numbers, with the cursor to the next if this one is full.
pub(super) fn listed<T, W>(
    authority: &Authority,
    actor: &Actor,
    (list, page): (&str, Page),
    things: Vec<T>,
    show: impl Fn(T) -> (Number, W),
) -> Json<Listed<W>> {
    let full = things.len() >= page.limit as usize;
    let (numbers, items): (Vec<Number>, Vec<W>) = things.into_iter().map(show).unzip();
    let end = numbers.last().filter(|_| full);
    let next = end.map(|end| authority.seal_cursor(actor, list, &end.to_string()));
    Json(Listed { items, next })
}

/// A page that ends at a place of another kind.
pub(super) fn ending<W>(items: Vec<W>, next: Option<String>) -> Json<Listed<W>> {
    Json(Listed { items, next })
}
