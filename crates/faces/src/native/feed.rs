//! What this node forgot, for services that remember verdicts.

use std::time::Duration;

use authority::token::{Shown, Surface};
use authority::{Authority, FeedCursor, Forgettings};
use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};
use utoipa::{IntoParams, ToSchema};

use super::Desk;
use super::fault::{Fault, Readers};
use super::request::{Caller, Query};
use crate::kit::{Credentials, credentials, visit};

/// The longest wait, in milliseconds.
const LONGEST_WAIT: u64 = 30_000;

/// From where on, and for how long.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Poll {
    /// The `cursor` of the answer before. Without one, nothing is followed yet: all is forgotten.
    after: Option<String>,
    /// How long to wait for something to forget, in milliseconds: 0, unless said, to 30,000.
    #[param(minimum = 0, maximum = 30_000)]
    wait: Option<u64>,
}

/// What is to be forgotten, and as of when.
#[derive(Serialize, ToSchema)]
pub(super) struct Forgotten {
    /// Where to go on: `<node instance>.<ticket>`.
    cursor: String,
    /// Whether everything is to be forgotten: the cursor is another node's, or too old.
    all: bool,
    /// The slots to forget, in ascending order. They name nobody: each is shared by many.
    slots: Vec<u16>,
    /// How long this answer waited, in milliseconds, rounded down.
    waited_ms: u64,
    /// How long ago the node's last read of the journal began, in milliseconds, rounded up.
    age_ms: u64,
    /// For how long the node itself may answer from memory after such a read.
    lease_ms: u64,
}

/// `GET /authority/v1/feed`: waits until this node forgets something, and says what. Needs
/// `authority.token.introspect`.
#[utoipa::path(
    get, path = "/feed", operation_id = "feed_poll",
    tag = "Tokens", security(("bearer" = []), ("basic" = [])),
    params(Poll),
    responses((status = 200, description = "What is forgotten", body = Forgotten), Readers),
)]
pub(super) async fn poll(
    State(authority): State<Authority>,
    State(desk): State<Desk>,
    Caller(actor): Caller,
    Query(Poll { after, wait }): Query<Poll>,
    request: Parts,
) -> Result<Json<Forgotten>, Fault> {
    let after = after.as_deref().map(cursor).transpose()?;
    let wait = wait.unwrap_or(0);
    if wait > LONGEST_WAIT {
        return Err(Fault::invalid("wait", "0 to 30000 milliseconds"));
    }
    let enough = sleep_until(Instant::now() + Duration::from_millis(wait));
    let awaited = authority.await_forgettings(&actor, after, enough).await?;
    let told = authority.forgettings(&actor, shown(&desk, &request), awaited).await?;
    Ok(Json(forgotten(told, authority.policy().memory.lease)))
}

fn shown<'a>(desk: &Desk, request: &'a Parts) -> Shown<'a> {
    match credentials(&request.headers) {
        Credentials::Bearer(token) => {
            Shown::Token(token, visit(request, &desk.context.trusted, Surface::Native))
        }
        Credentials::Basic(_) | Credentials::None | Credentials::Unreadable => Shown::Password,
    }
}

fn cursor(text: &str) -> Result<FeedCursor, Fault> {
    FeedCursor::parse(text).ok_or_else(|| Fault::invalid("after", "the cursor of an answer before"))
}

fn forgotten(told: Forgettings, lease: Duration) -> Forgotten {
    let Forgettings { cursor, slots, waited, age } = told;
    let up = Duration::from_nanos(999_999);
    Forgotten {
        cursor: cursor.to_string(),
        all: slots.is_none(),
        slots: slots.unwrap_or_default(),
        waited_ms: milliseconds(waited),
        age_ms: milliseconds(age + up),
        lease_ms: milliseconds(lease),
    }
}

pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
