//! The query string as it is read here. A key that a call knows occurs at most once, and with no
//! value it is absent; keys that nobody knows are passed over.

use authority::id::Number;
use authority::token::store::Page;
use authority::{Actor, Authority};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;
use utoipa::IntoParams;

use super::Desk;
use super::fault::Fault;
use super::listing::Frame;

/// The keys and values of a query, in their order.
pub(super) struct Pairs(Vec<(String, String)>);

impl Pairs {
    fn read(query: &str) -> Result<Self, Fault> {
        let pieces = query.split('&').filter(|piece| !piece.is_empty());
        let pairs = pieces.map(|piece| {
            let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
            Ok((decoded(key)?, decoded(value)?))
        });
        Ok(Self(pairs.collect::<Result<_, Fault>>()?))
    }

    fn values(&self, key: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Every value of a key that may be repeated.
    pub(super) fn each(&self, key: &str) -> Vec<&str> {
        self.values(key).filter(|value| !value.is_empty()).collect()
    }

    /// The one value of any of these keys, which are spellings of each other.
    pub(super) fn one(&self, keys: &[&'static str]) -> Result<Option<&str>, Fault> {
        let mut found = None;
        for key in keys {
            let mut values = self.values(key);
            let value = values.next().filter(|value| !value.is_empty());
            if values.next().is_some() || (found.is_some() && value.is_some()) {
                return Err(Fault::invalid(key, "is given more than once"));
            }
            found = found.or(value);
        }
        Ok(found)
    }

    /// The one value of any of these keys, as `read` understands it.
    pub(super) fn read_as<T>(
        &self,
        keys: &[&'static str],
        rule: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        let Some(value) = self.one(keys)? else {
            return Ok(None);
        };
        let field = keys.first().copied().unwrap_or_default();
        read(value).map(Some).ok_or_else(|| Fault::invalid(field, rule))
    }
}

fn decoded(text: &str) -> Result<String, Fault> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    let text = decoded.ok().filter(|text| !text.contains('\0'));
    let bad = || Fault::invalid("query", "UTF-8 without null characters");
    Ok(text.ok_or_else(bad)?.into_owned())
}

/// What can be read from a query.
pub(super) trait FromPairs: Sized {
    /// Reads it.
    fn from_pairs(pairs: &Pairs) -> Result<Self, Fault>;
}

/// The query of a request.
pub(super) struct Query<T>(pub(super) T);

impl<T: FromPairs> FromRequestParts<Desk> for Query<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, Fault> {
        let pairs = Pairs::read(parts.uri.query().unwrap_or_default())?;
        Ok(Self(T::from_pairs(&pairs)?))
    }
}

/// The most rows of a list in one answer.
pub(super) const MOST_ROWS: u32 = 1_000;

/// Which rows of a list are asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Window {
    /// At most so many rows: 1 to 1000, which is also the default.
    #[param(minimum = 1, maximum = 1000)]
    pub(super) limit: Option<u32>,
    /// Where to go on: as told in the `Link` header of the answer before.
    pub(super) after: Option<String>,
}

impl Window {
    /// The same window, in the core's terms.
    pub(super) fn open<'a>(
        &'a self,
        authority: &'a Authority,
        actor: &'a Actor,
        list: &'static str,
    ) -> Result<(Page, Frame<'a>), Fault> {
        let frame = Frame::new(authority, actor, list, self.limit);
        let after = self.after.as_deref().map(|after| frame.place(after)).transpose()?;
        let bad = || Fault::invalid("after", "a place in this list");
        let after = after.map(|after| after.parse::<Number>().map_err(|_| bad())).transpose()?;
        Ok((Page { after: after.unwrap_or(0), limit: frame.fetch() }, frame))
    }
}

/// Reads a limit.
pub(super) fn limit(pairs: &Pairs) -> Result<Option<u32>, Fault> {
    let read = |text: &str| text.parse().ok().filter(|limit| (1..=MOST_ROWS).contains(limit));
    pairs.read_as(&["limit"], "1 to 1000", read)
}

impl FromPairs for Window {
    fn from_pairs(pairs: &Pairs) -> Result<Self, Fault> {
        Ok(Self { limit: limit(pairs)?, after: pairs.one(&["after"])?.map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of a key with two spellings; empty if absent.
    fn one(query: &str) -> Option<String> {
        let pairs = Pairs::read(query).ok()?;
        let value = pairs.one(&["team", "teamId"]).ok()?;
        Some(value.unwrap_or_default().to_owned())
    }

    #[test]
    fn a_key_without_a_value_is_absent() {
        assert_eq!(one("team"), Some(String::new()));
        assert_eq!(one("team=&x=1"), Some(String::new()));
        assert_eq!(one("team&teamId=a+b%20c"), Some("a b c".to_owned()));
    }

    #[test]
    fn a_key_that_is_known_occurs_once_and_others_are_passed_over() {
        assert_eq!(one("team=a&team=a"), None);
        assert_eq!(one("team&team=a"), None);
        assert_eq!(one("team=a&teamId=a"), None);
        assert_eq!(one("x=1&x=2&team=a"), Some("a".to_owned()));
    }

    #[test]
    fn what_is_not_utf_8_or_has_a_null_character_is_refused() {
        assert_eq!(one("team=%FF"), None);
        assert_eq!(one("x=%00"), None);
    }
}
