//! Bodies, of no more than so many bytes, and what is in them.
//!
//! **Invariant**: no byte beyond the limit is kept, and nothing is parsed that was not read whole.

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It has, or says that it has, more bytes than may be.
    TooLarge,
    /// It ended early, or its length makes no sense.
    Broken,
}

/// A whole body of at most `limit` bytes. One that says it is longer is refused before it is read.
pub async fn read_body(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Unread> {
    if let Some(length) = headers.get(CONTENT_LENGTH) {
        let length = length.to_str().ok().and_then(|text| text.parse::<u64>().ok());
        let length = length.ok_or(Unread::Broken)?;
        if usize::try_from(length).map_or(true, |length| length > limit) {
            return Err(Unread::TooLarge);
        }
    }
    match Limited::new(body, limit).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Unread::TooLarge),
        Err(_) => Err(Unread::Broken),
    }
}

/// Whether the body is said to be of this media type, such as `application/json`: one
/// `Content-Type`, without a parameter other than `charset=utf-8`.
pub fn is_of_type(headers: &HeaderMap, expected: &str) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let Ok(value) = value.to_str() else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(expected));
    let utf8 = |part: &str| {
        let charset = part.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("charset"));
        charset.is_some_and(|(_, set)| set.trim_matches('"').eq_ignore_ascii_case("utf-8"))
    };
    named && parts.all(utf8)
}

/// The fields of a form, in order: `application/x-www-form-urlencoded`. `None` if a field is there
/// twice or the bytes are no form.
pub fn form_fields(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    form_fields_but(bytes, &[])
}

/// As [`form_fields`], where these fields may be there several times.
pub fn form_fields_but(bytes: &[u8], several: &[&str]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let fields: Vec<(String, String)> = serde_urlencoded::from_str(text).ok()?;
    let repeated = |(place, (name, _)): (usize, &(String, String))| {
        let again = || fields.iter().skip(place + 1).any(|(other, _)| other == name);
        !several.contains(&name.as_str()) && again()
    };
    let few = fields.len() <= MOST_FIELDS;
    (few && !fields.iter().enumerate().any(repeated)).then_some(fields)
}

/// Fields of a form or query that are looked at.
const MOST_FIELDS: usize = 64;

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn typed(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_media_type_may_say_utf_8_and_nothing_else() {
        for good in ["application/json", "Application/JSON; charset=UTF-8"] {
            assert!(is_of_type(&typed(good), "application/json"), "{good}");
        }
        for bad in ["text/plain", "application/json; charset=latin1", "application/jsonp", ""] {
            assert!(!is_of_type(&typed(bad), "application/json"), "{bad}");
        }
        assert!(!is_of_type(&HeaderMap::new(), "application/json"));
    }

    #[test]
    fn a_field_that_is_there_twice_makes_no_form() {
        assert_eq!(form_fields(b"a=1&b=2").unwrap().len(), 2);
        assert_eq!(form_fields(b"a=1&b=2&a=1"), None);
    }

    #[tokio::test]
    async fn a_body_that_says_it_is_too_long_is_not_read() {
        let headers = HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from_static("11"))]);
        let never = Body::new(axum::body::Body::from("short"));
        assert_eq!(read_body(&headers, never, 10).await, Err(Unread::TooLarge));
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_without_saying_so_is_cut_off() {
        let body = Body::from(vec![0; 11]);
        assert_eq!(read_body(&HeaderMap::new(), body, 10).await, Err(Unread::TooLarge));
        let body = Body::from(vec![0; 10]);
        assert_eq!(read_body(&HeaderMap::new(), body, 10).await.unwrap().len(), 10);
    }
}
