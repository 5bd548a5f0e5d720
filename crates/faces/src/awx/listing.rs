//! Lists: what a query asks for, narrowed to what a path is about, page by page.

use std::pin::Pin;

use authority::Error;
use authority::search::{Condition, Found, Search};
use serde_json::{Value, json};

use super::activity;
use super::asked::Asked;
use super::fault::Fault;
use super::filter::{self, Model, Refused, Wanted};
use super::reply::Reply;

/// A search on its way.
pub(super) type Finding<'a, T> = Pin<Box<dyn Future<Output = Result<Found<T>, Error>> + Send + 'a>>;

/// A list that is asked for.
pub(super) struct Listing<'a> {
    asked: &'a Asked,
    model: Model,
    search: Search,
    wanted: Wanted,
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        Self::Detail(refused.status, refused.detail)
    }
}

impl<'a> Listing<'a> {
    /// What the query asks for, of what is `own`.
    pub(super) fn new(asked: &'a Asked, model: Model, own: Condition) -> Result<Self, Fault> {
        let narrowed = filter::compile(model, &asked.query, &activity::special)?;
        let wanted = Wanted::read(&asked.query)?;
        let mut search = Search::over(model.thing(), own).within(narrowed.condition);
        search.order = narrowed.order;
        Ok(Self { asked, model, search, wanted })
    }

    /// Answers with the page that is asked for.
    pub(super) async fn answer<T>(
        self,
        find: impl Fn(Search) -> Finding<'a, T>,
        show: impl Fn(&T) -> Value,
    ) -> Result<Reply, Fault> {
        let Self { asked, model, search, wanted } = self;
        let refused = |error| Fault::of(error, model.name());
        let offset = wanted.offset();
        let (count, limit) = (wanted.counted, if offset.is_some() { wanted.size } else { 0 });
        let first = Search { offset: offset.unwrap_or_default(), limit, count, ..search.clone() };
        let first = find(first).await.map_err(refused)?;
        let place = wanted.settle(first.count)?;
        let items = if offset.is_some() {
            first.items
        } else {
            let last =
                Search { offset: place.offset(), limit: wanted.size, count: false, ..search };
            find(last).await.map_err(refused)?.items
        };
        let items: Vec<Value> = items.iter().map(show).collect();
        let Some(count) = first.count else {
            return Ok(Reply::ok(json!({ "results": items })));
        };
        Ok(Reply::ok(json!({
            "count": count,
            "next": place.next(&asked.path, &asked.query),
            "previous": place.previous(&asked.path, &asked.query),
            "results": items,
        })))
    }

    /// A search for one object, narrowed by what the query asks of it, as AWX does.
    pub(super) fn narrowed(asked: &Asked, model: Model, search: Search) -> Result<Search, Fault> {
        let narrowed = filter::compile(model, &asked.query, &activity::special)?;
        Ok(search.within(narrowed.condition))
    }
}
