//! Lists: a page by its number, sorted by one field (contract, section 1.3).

use authority::search::{Column, Condition, Found, LONGEST_ANSWER, Path, Search, Thing};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::Desk;
use super::envelope::Data;
use super::fault::Fault;
use crate::kit::form_fields;

/// So many things are on a page where nothing is asked.
const USUAL: u32 = 10;

/// Which page is asked for. What is out of range is cut to it.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// From 1 on.
    #[param(value_type = Option<u64>, format = "uint64")]
    page: u64,
    /// Things on a page: 1 to 1,000, 10 if not said.
    #[param(value_type = Option<u64>, format = "uint64")]
    limit: u32,
    /// A field, and `:asc` or `:desc`; `createdAt:desc` if not said.
    #[param(value_type = Option<String>)]
    sort: Option<String>,
    /// With these words in the name; of applications.
    name: Option<String>,
}

impl FromRequestParts<Desk> for Wanted {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, Fault> {
        let text = parts.uri.query().unwrap_or_default();
        let once = || Fault::invalid("query", "each key at most once");
        let fields = form_fields(text.as_bytes()).ok_or_else(once)?;
        let value = |key: &str| {
            let found = fields.iter().find(|(name, _)| name == key);
            found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
        };
        let whole = |key: &'static str| {
            let read = |text: &str| text.parse::<u64>();
            let rule = |_| Fault::invalid(key, "a whole number");
            value(key).map(read).transpose().map_err(rule)
        };
        let limit = whole("limit")?.map_or(USUAL, |limit| {
            u32::try_from(limit).unwrap_or(LONGEST_ANSWER).clamp(1, LONGEST_ANSWER)
        });
        Ok(Self {
            page: whole("page")?.unwrap_or(1).clamp(1, u64::from(u32::MAX)),
            limit,
            sort: value("sort").map(str::to_owned),
            name: value("name").map(str::to_owned),
        })
    }
}

impl Wanted {
    /// How many things come before the page.
    pub(super) fn offset(&self) -> u64 {
        (self.page - 1).saturating_mul(u64::from(self.limit))
    }

    /// At most so many are on it.
    pub(super) fn limit(&self) -> u32 {
        self.limit
    }

    /// The words that a name must have in it.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The search for the page, where `sorts` are the fields that may be sorted by.
    pub(super) fn search(&self, thing: Thing, sorts: &[(&str, Column)]) -> Result<Search, Fault> {
        let sort = self.sort.as_deref().unwrap_or("createdAt:desc");
        let (field, way) = sort.split_once(':').unwrap_or((sort, "asc"));
        let names: Vec<&str> = sorts.iter().map(|(name, _)| *name).collect();
        let rule = || {
            let rule = format!("one of {}, with :asc or :desc", names.join(", "));
            Fault::invalid("sort", rule)
        };
        let column = sorts.iter().find(|(name, _)| *name == field).map(|(_, column)| *column);
        let path = column.and_then(|column| Path::across(thing, &[], column)).ok_or_else(rule)?;
        let downwards = match way {
            "asc" => false,
            "desc" => true,
            _ => return Err(rule()),
        };
        // What was made in one moment is told apart by its number, the same way round.
        let number = Path::across(thing, &[], Column::Number).map(|path| (path, downwards));
        Ok(Search {
            order: std::iter::once((path, downwards)).chain(number).collect(),
            offset: self.offset(),
            limit: self.limit,
            ..Search::over(thing, Condition::always())
        })
    }

    /// The page, with what was found on it.
    pub(super) fn answer<T, W>(
        &self,
        found: Found<T>,
        show: impl FnMut(T) -> W,
    ) -> Data<Listed<W>> {
        let total = found.count.unwrap_or_default();
        let pages = total.div_ceil(u64::from(self.limit)).max(1);
        let (before, after) = (self.page > 1, self.page < pages);
        Data::of(Listed {
            items: found.items.into_iter().map(show).collect(),
            total_docs: total,
            limit: self.limit,
            page: self.page,
            total_pages: pages,
            has_prev_page: before,
            has_next_page: after,
            prev_page: before.then(|| self.page - 1),
            next_page: after.then(|| self.page + 1),
            lean: None,
        })
    }
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed<W> {
    items: Vec<W>,
    /// How many fit in all.
    total_docs: u64,
    limit: u32,
    page: u64,
    total_pages: u64,
    has_prev_page: bool,
    has_next_page: bool,
    #[schema(required)]
    prev_page: Option<u64>,
    #[schema(required)]
    next_page: Option<u64>,
    /// Said on some lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    lean: Option<bool>,
}

impl<W> Data<Listed<W>> {
    /// The same, as a list that says so.
    pub(super) fn lean(self) -> Self {
        self.map(|listed| Listed { lean: Some(true), ..listed })
    }
}
