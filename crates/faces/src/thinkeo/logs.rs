//! A team's log, as its entries are shown and paged through.

use authority::journal::{Before, Detail, Entry};
use authority::{Actor, Authority};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::fault::Fault;
use super::ident::Ident;
use super::listing::Frame;
use super::moment::Moment;
use super::query::{FromPairs, Pairs, limit};

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogEntry {
    id: Ident,
    at: Moment,
    /// The user, app or service account that did it; null for the server and for strangers.
    actor_id: Option<Ident>,
    /// What was done, such as `token.revoke`.
    #[schema(example = "token.revoke")]
    action: String,
    /// What it was done to.
    target_id: Ident,
    /// Particulars: short texts under short names.
    #[schema(value_type = Object)]
    data: Detail,
}

impl From<Entry> for LogEntry {
    fn from(entry: Entry) -> Self {
        let draft = entry.draft;
        let (_, actor) = draft.by.who.parts();
        Self {
            id: draft.id.into(),
            at: Moment(draft.at),
            actor_id: actor.map(Ident::from),
            action: draft.action,
            target_id: draft.target.id.into(),
            data: draft.detail,
        }
    }
}

impl LogEntry {
    /// Where an entry stands.
    pub(super) fn place(entry: &Entry) -> String {
        format!("{} {} {}", entry.draft.at.as_microsecond(), entry.lane, entry.sequence)
    }
}

fn place_of(text: &str) -> Option<Before> {
    let mut numbers = text.split(' ').map(|number| number.parse::<i64>().ok());
    let mut next = || numbers.next().flatten();
    let at = jiff::Timestamp::from_microsecond(next()?).ok()?;
    Some(Before { at, lane: next()?.try_into().ok()?, sequence: next()? })
}

/// Which entries are asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Backwards {
    /// At most so many entries: 1 to 1000, which is also the default.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// Only entries before this place: as told in the `Link` header of the answer before.
    before: Option<String>,
}

impl FromPairs for Backwards {
    fn from_pairs(pairs: &Pairs) -> Result<Self, Fault> {
        Ok(Self { limit: limit(pairs)?, before: pairs.one(&["before"])?.map(str::to_owned) })
    }
}

impl Backwards {
    /// The same, in the core's terms.
    pub(super) fn open<'a>(
        &'a self,
        authority: &'a Authority,
        actor: &'a Actor,
    ) -> Result<((Option<Before>, u32), Frame<'a>), Fault> {
        let frame = Frame::new(authority, actor, "logs", self.limit);
        let place = self.before.as_deref().map(|before| frame.place(before)).transpose()?;
        let bad = || Fault::invalid("before", "a place in this log");
        let before = place.map(|place| place_of(&place).ok_or_else(bad)).transpose()?;
        Ok(((before, frame.fetch()), frame))
    }
}
