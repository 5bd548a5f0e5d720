//! The journal, newest first, and the keys that sign access tokens.

use std::collections::BTreeMap;

use authority::Authority;
use authority::journal::{Before, Entry, EntryFilter};
use authority::secret::hex;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::fault::{Fault, Readers, Writers};
use super::listing::{Listed, ending, limit};
use super::request::{Caller, Query};

/// Which entries are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Entries on the page: 1 to 200, 50 if not said.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Of this organization. Without one: of the whole installation, for those who may.
    organization: Option<Uuid>,
    /// About this thing.
    target: Option<Uuid>,
    /// Done by this user, application or service account.
    by: Option<Uuid>,
    /// With exactly this action, such as `token.revoke`.
    action: Option<String>,
}

/// An entry. With `lane`, `sequence`, `previous` and `hash` its place in the chain can be checked.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownEntry {
    id: Uuid,
    lane: i32,
    sequence: i64,
    at: String,
    by: Doer,
    action: String,
    target: Thing,
    organization: Option<Uuid>,
    detail: BTreeMap<String, String>,
    /// What verifiers forgot.
    forget: Vec<String>,
    /// Hex of the hash of the entry before it in its lane.
    previous: String,
    /// Hex of its own hash.
    hash: String,
}

/// Who did something.
#[derive(Serialize, ToSchema)]
pub(super) struct Doer {
    /// `system`, `stranger`, `user`, `application` or `service_account`.
    kind: &'static str,
    id: Option<Uuid>,
    /// The kept token that was shown.
    token: Option<Uuid>,
}

/// What something was done to.
#[derive(Serialize, ToSchema)]
pub(super) struct Thing {
    kind: String,
    id: Uuid,
}

impl From<Entry> for ShownEntry {
    fn from(entry: Entry) -> Self {
        let Entry { lane, sequence, draft, previous, hash } = entry;
        let (kind, id) = draft.by.who.parts();
        Self {
            id: draft.id.uuid(),
            lane,
            sequence,
            at: draft.at.to_string(),
            by: Doer { kind, id, token: draft.by.token.map(authority::id::Id::uuid) },
            action: draft.action,
            target: Thing { kind: draft.target.kind, id: draft.target.id },
            organization: draft.organization.map(authority::id::Id::uuid),
            detail: draft.detail,
            forget: draft.forget.iter().map(ToString::to_string).collect(),
            previous: hex(&previous),
            hash: hex(&hash),
        }
    }
}

/// `GET /authority/v1/journal`
#[utoipa::path(
    get, path = "/journal", operation_id = "journal_list",
    tag = "Journal", security(("bearer" = []), ("basic" = [])),
    params(Which),
    responses((status = 200, description = "A page", body = Listed<ShownEntry>), Readers),
)]
pub(super) async fn list(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Query(which): Query<Which>,
) -> Result<Json<Listed<ShownEntry>>, Fault> {
    let Which { limit: asked, cursor, organization, target, by, action } = which;
    let (most, name) =
        (limit(asked)?, format!("journal {organization:?} {target:?} {by:?} {action:?}"));
    let before = match cursor {
        Some(cursor) => Some(place(&authority.open_cursor(&actor, &name, &cursor)?)?),
        None => None,
    };
    let filter = EntryFilter { organization: None, target, by, action };
    let organization = organization.map(Into::into);
    let entries = authority.journal(&actor, organization, filter, (before, most)).await?;
    let last = entries.last().filter(|_| entries.len() >= most as usize);
    let next = last.map(|last| authority.seal_cursor(&actor, &name, &spell(last)));
    Ok(ending(entries.into_iter().map(ShownEntry::from).collect(), next))
}

fn spell(entry: &Entry) -> String {
    format!("{} {} {}", entry.draft.at.as_microsecond(), entry.lane, entry.sequence)
}

fn place(text: &str) -> Result<Before, Fault> {
    let mut words = text.split(' ').map(str::parse::<i64>);
    let mut next = || words.next().and_then(Result::ok);
    let read = (|| {
        let at = Timestamp::from_microsecond(next()?).ok()?;
        let lane = i32::try_from(next()?).ok()?;
        Some(Before { at, lane, sequence: next()? })
    })();
    read.ok_or_else(|| Fault::invalid("cursor", "one that this list gave"))
}

/// `POST /authority/v1/keys/rotate`: publishes a new signing key, which signs once every cache of
/// the published keys has seen it.
#[utoipa::path(
    post, path = "/keys/rotate", operation_id = "journal_rotate_key",
    tag = "Keys", security(("bearer" = []), ("basic" = [])),
    responses((status = 204, description = "Published"), Writers),
)]
pub(super) async fn rotate_key(
    State(authority): State<Authority>,
    Caller(actor): Caller,
) -> Result<StatusCode, Fault> {
    authority.rotate_signing_key(&actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /authority/v1/keys/replace`: puts a new signing key in the place of all others, at once,
/// for one that leaked. Every access token is dead; sessions live on.
#[utoipa::path(
    post, path = "/keys/replace", operation_id = "journal_replace_keys",
    tag = "Keys", security(("bearer" = []), ("basic" = [])),
    responses((status = 204, description = "Replaced"), Writers),
)]
pub(super) async fn replace_keys(
    State(authority): State<Authority>,
    Caller(actor): Caller,
) -> Result<StatusCode, Fault> {
    authority.replace_signing_keys(&actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
