//! Credentials as headers carry them.

use authority::secret::Secret;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The longest `Authorization` that is looked at, in bytes.
const LONGEST_AUTHORIZATION: usize = 6 * 1024;

/// What a request shows.
#[derive(Debug)]
pub enum Credentials<'a> {
    /// No `Authorization` at all.
    None,
    /// A bearer token, as presented.
    Bearer(&'a str),
    /// A user name and password.
    Basic(Basic),
    /// Something else, or something broken: never good.
    Unreadable,
}

/// A user name and password out of a header. The password prints as `…`.
#[derive(Debug)]
pub struct Basic {
    /// The part before the first colon.
    pub username: String,
    /// The rest.
    pub password: Secret,
}

/// The credentials of a request. More than one `Authorization` header is unreadable; the scheme's
/// case does not matter; exactly one space follows it.
///
/// Source: RFC 6750, section 2.1; RFC 7617, section 2; RFC 9110, section 11.1.
pub fn credentials(headers: &HeaderMap) -> Credentials<'_> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Credentials::None;
    };
    if values.next().is_some() || value.len() > LONGEST_AUTHORIZATION {
        return Credentials::Unreadable;
    }
    let Ok(Some((scheme, rest))) = value.to_str().map(|value| value.split_once(' ')) else {
        return Credentials::Unreadable;
    };
    if scheme.eq_ignore_ascii_case("bearer") {
        return Credentials::Bearer(rest);
    }
    if scheme.eq_ignore_ascii_case("basic") {
        return basic(rest).map_or(Credentials::Unreadable, Credentials::Basic);
    }
    Credentials::Unreadable
}

/// User name and password; one line end after them is dropped, as old clients send one (contract
/// thinkeo 1.1).
fn basic(encoded: &str) -> Option<Basic> {
    let decoded = STANDARD.decode(encoded).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    let (username, password) = text.split_once(':')?;
    let password = Secret::from_text(password.to_owned());
    Some(Basic { username: username.to_owned(), password })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let pair = |value: &&str| (AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        values.iter().map(pair).collect()
    }

    #[test]
    fn the_case_of_a_scheme_does_not_matter() {
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let headers = headers(&[&format!("{scheme} t")]);
            assert!(matches!(credentials(&headers), Credentials::Bearer("t")));
        }
    }

    #[test]
    fn two_authorization_headers_are_unreadable() {
        let headers = headers(&["Bearer a", "Bearer b"]);
        assert!(matches!(credentials(&headers), Credentials::Unreadable));
    }

    #[test]
    fn a_password_may_hold_colons_and_loses_one_line_end() {
        let headers = headers(&[&format!("Basic {}", STANDARD.encode("a@b:c:d\r\n"))]);
        let Credentials::Basic(basic) = credentials(&headers) else { panic!("not read") };
        assert_eq!((basic.username.as_str(), basic.password.reveal()), ("a@b", "c:d"));
    }

    #[test]
    fn a_password_never_prints() {
        let basic = basic(&STANDARD.encode("alice:wonderland")).unwrap();
        assert!(!format!("{basic:?}").contains("wonderland"));
    }
}
