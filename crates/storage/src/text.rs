//! How values are spelled in a database: once, for both.
//!
//! Each pair of functions is a way in and the way back. What can't be read back is
//! [`Unreadable`]: the row was written by something else, and no answer is given from it.

use std::fmt::Write as _;

use authority::application::{Client, Grant};
use authority::error::StoreError;
use authority::journal::{Detail, LaneEnd, Subject, Who};
use authority::permission::Role;
use authority::scope::Scopes;
use authority::secret::{Digest, Kind, hex};
use authority::token::{Holder, Networks, Rate, Surface};
use ipnet::IpNet;
use jiff::Timestamp;
use uuid::Uuid;

/// A value in the database that nothing here can have written: which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the database holds an unreadable {0}")]
pub(crate) struct Unreadable(pub(crate) &'static str);

impl From<Unreadable> for StoreError {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreachable(unreadable.to_string())
    }
}

/// Scopes, from their words with spaces between. The way in is their `Display`.
pub(crate) fn scopes(text: &str) -> Result<Scopes, Unreadable> {
    Scopes::parse(text).map_err(|_| Unreadable("scope"))
}

/// A kind, from [`Kind::code`].
pub(crate) fn kind(code: &str) -> Result<Kind, Unreadable> {
    Kind::of(code).ok_or(Unreadable("kind"))
}

/// A role, from [`Role::as_str`].
pub(crate) fn role(name: &str) -> Result<Role, Unreadable> {
    Role::parse(name).ok_or(Unreadable("role"))
}

/// A holder, from [`Holder::parts`].
pub(crate) fn holder(kind: &str, id: Uuid) -> Result<Holder, Unreadable> {
    Holder::of(kind, id).ok_or(Unreadable("holder"))
}

/// Who acted, from [`Who::parts`].
pub(crate) fn who(kind: &str, id: Option<Uuid>) -> Result<Who, Unreadable> {
    Who::of(kind, id).ok_or(Unreadable("actor"))
}

/// What an OAuth 2 client's row says of it: its type, its grant and its redirect addresses.
pub(crate) fn of_client(client: &Client) -> (&'static str, &'static str, String) {
    let kind = if client.confidential { "confidential" } else { "public" };
    (kind, client.grant.as_str(), of_redirect_uris(&client.redirect_uris))
}

/// A client, from [`of_client`] and whether it skips consent; without a type there is none.
pub(crate) fn client(
    (kind, grant): (Option<&str>, Option<&str>),
    redirect_uris: &str,
    skips_consent: bool,
) -> Result<Option<Client>, Unreadable> {
    let Some(kind) = kind else { return Ok(None) };
    let confidential = match kind {
        "confidential" => true,
        "public" => false,
        _ => return Err(Unreadable("client type")),
    };
    let grant = grant.and_then(Grant::parse).ok_or(Unreadable("grant type"))?;
    let redirect_uris = redirect_uris.split_ascii_whitespace().map(str::to_owned).collect();
    Ok(Some(Client { confidential, grant, redirect_uris, skips_consent }))
}

/// Networks, from their words with spaces between. The way in is their `Display`.
pub(crate) fn networks(text: &str) -> Result<Networks, Unreadable> {
    Networks::parse(text).map_err(|_| Unreadable("networks"))
}

/// A network. The way in is its `Display`.
pub(crate) fn network(text: &str) -> Result<IpNet, Unreadable> {
    text.parse().map_err(|_| Unreadable("network"))
}

/// A surface, from [`Surface::as_str`].
pub(crate) fn surface(word: &str) -> Result<Surface, Unreadable> {
    Surface::parse(word).ok_or(Unreadable("surface"))
}

/// A rate, from its requests and the seconds of its window.
pub(crate) fn rate(
    requests: Option<u32>,
    seconds: Option<u32>,
) -> Result<Option<Rate>, Unreadable> {
    let read = |(requests, seconds)| Rate::new(requests, seconds).map_err(|_| Unreadable("rate"));
    requests.zip(seconds).map(read).transpose()
}

/// A count, as far as a column holds it.
pub(crate) fn bounded(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Redirect addresses, with spaces between. None has a space in it.
pub(crate) fn of_redirect_uris(uris: &[String]) -> String {
    uris.join(" ")
}

/// A moment as microseconds since 1970.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A moment, from [`micros`].
pub(crate) fn timestamp(micros: i64) -> Result<Timestamp, Unreadable> {
    // Not by `from_microsecond`, which refuses the last microseconds before `Timestamp::MAX`.
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000);
    let nanos = nanos.map_err(|_| Unreadable("time"))?;
    Timestamp::new(micros.div_euclid(1_000_000), nanos).map_err(|_| Unreadable("time"))
}

/// 32 bytes: a digest or a hash.
pub(crate) fn bytes32(bytes: &[u8]) -> Result<[u8; 32], Unreadable> {
    bytes.try_into().map_err(|_| Unreadable("digest"))
}

/// A digest.
pub(crate) fn digest(bytes: &[u8]) -> Result<Digest, Unreadable> {
    bytes32(bytes).map(Digest::from_bytes)
}

/// A count that is never negative.
pub(crate) fn count(number: i64) -> Result<u32, Unreadable> {
    u32::try_from(number).map_err(|_| Unreadable("count"))
}

/// How many rows there are, never fewer than none.
pub(crate) fn whole(number: i64) -> Result<u64, Unreadable> {
    u64::try_from(number).map_err(|_| Unreadable("count"))
}

/// Particulars as a JSON object of texts.
pub(crate) fn of_detail(detail: &Detail) -> String {
    let text = |word: &String| serde_json::Value::String(word.clone());
    let object: serde_json::Map<_, _> =
        detail.iter().map(|(name, word)| (name.clone(), text(word))).collect();
    serde_json::Value::Object(object).to_string()
}

/// Particulars, from [`of_detail`].
pub(crate) fn detail(json: &str) -> Result<Detail, Unreadable> {
    serde_json::from_str(json).map_err(|_| Unreadable("detail"))
}

/// What to forget, with spaces between.
pub(crate) fn of_forget(forget: &[Subject]) -> String {
    let mut text = String::with_capacity(48 * forget.len());
    for subject in forget {
        let gap = if text.is_empty() { "" } else { " " };
        // Writing to a String does not fail.
        let _ = write!(text, "{gap}{subject}");
    }
    text
}

/// What to forget, from [`of_forget`].
pub(crate) fn forget(text: &str) -> Result<Vec<Subject>, Unreadable> {
    let subject = |word: &str| word.parse().map_err(|()| Unreadable("subject"));
    text.split_ascii_whitespace().map(subject).collect()
}

/// The ends of lanes: `lane:sequence:hash`, the hash in hex, with spaces between.
pub(crate) fn of_ends(ends: &[LaneEnd]) -> String {
    let mut text = String::with_capacity(80 * ends.len());
    for end in ends {
        let gap = if text.is_empty() { "" } else { " " };
        // Writing to a String does not fail.
        let _ = write!(text, "{gap}{}:{}:{}", end.lane, end.sequence, hex(&end.hash));
    }
    text
}

/// The ends of lanes, from [`of_ends`].
pub(crate) fn ends(text: &str) -> Result<Vec<LaneEnd>, Unreadable> {
    text.split_ascii_whitespace().map(|word| end(word).ok_or(Unreadable("lane end"))).collect()
}

fn end(word: &str) -> Option<LaneEnd> {
    let mut parts = word.split(':');
    let (lane, sequence, hex) = (parts.next()?, parts.next()?, parts.next()?);
    let mut hash = [0; 32];
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    let whole = hex.len() == 64 && parts.next().is_none();
    whole.then_some(LaneEnd { lane: lane.parse().ok()?, sequence: sequence.parse().ok()?, hash })
}

/// A name as it is looked into, whatever its case. The same for the name and for what is looked for.
pub(crate) fn folded(name: &str) -> String {
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_in_whole_microseconds_reads_back() {
        let moments = [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX];
        for micros in moments.map(micros).into_iter().chain([-1, 1, -1_000_001]) {
            assert_eq!(timestamp(micros).map(super::micros), Ok(micros));
        }
        assert_eq!(timestamp(i64::MAX), Err(Unreadable("time")));
    }

    #[test]
    fn what_is_written_reads_back() {
        let detail_in = Detail::from([("label".into(), "a \"b\" \u{1F511}\n".into())]);
        assert_eq!(detail(&of_detail(&detail_in)), Ok(detail_in));

        let forgotten = vec![Subject::Token(Uuid::from_u128(7).into()), Subject::Everything];
        assert_eq!(forget(&of_forget(&forgotten)), Ok(forgotten));
        assert_eq!(forget(""), Ok(vec![]));

        let both = vec![
            LaneEnd { lane: 1, sequence: 0, hash: [0; 32] },
            LaneEnd { lane: 2, sequence: i64::MAX, hash: [0xa5; 32] },
        ];
        assert_eq!(ends(&of_ends(&both)), Ok(both));
    }

    #[test]
    fn a_client_reads_back() {
        let redirect_uris = vec!["https://a.example/cb".into(), "http://[::1]:1/".into()];
        let web =
            Client { confidential: true, grant: Grant::Code, redirect_uris, skips_consent: true };
        let app = Client {
            confidential: false,
            grant: Grant::Password,
            redirect_uris: vec![],
            skips_consent: false,
        };
        for one in [web, app] {
            let (kind, grant, uris) = of_client(&one);
            let skips = one.skips_consent;
            assert_eq!(client((Some(kind), Some(grant)), &uris, skips), Ok(Some(one)));
        }
        assert_eq!(client((None, None), "", false), Ok(None));
        assert_eq!(client((Some("x"), None), "", false), Err(Unreadable("client type")));
        assert_eq!(client((Some("public"), None), "", false), Err(Unreadable("grant type")));
    }

    #[test]
    fn what_nothing_here_wrote_is_unreadable() {
        assert_eq!(forget("token:x"), Err(Unreadable("subject")));
        assert_eq!(ends("1:2:00"), Err(Unreadable("lane end")));
        assert_eq!(ends("1:2:+1".repeat(32).as_str()), Err(Unreadable("lane end")));
        assert_eq!(detail("[]"), Err(Unreadable("detail")));
        assert_eq!(role("emperor"), Err(Unreadable("role")));
        assert_eq!(count(-1), Err(Unreadable("count")));
    }
}
