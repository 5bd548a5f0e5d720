//! What every answer carries.

use std::future::{Ready, ready};

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, Entry, REFERRER_POLICY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

/// Headers for an answer that no browser or cache should take for anything else. One that the
/// answer has already stays as it is.
const USUAL: [(axum::http::HeaderName, HeaderValue); 4] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
];

/// Adds what every answer carries. For [`axum::middleware::map_response`].
pub async fn guarded(mut answer: Response) -> Response {
    for (name, value) in USUAL {
        if let Entry::Vacant(place) = answer.headers_mut().entry(name) {
            place.insert(value);
        }
    }
    answer
}

/// Adds to what a 401 asks a bearer for where it is said who gives tokens for this resource (RFC 9728,
/// section 5.1). For [`axum::middleware::map_response`].
pub fn described(issuer: &str) -> impl Fn(Response) -> Ready<Response> + Clone + use<> {
    let more = format!("{BEARER}, resource_metadata=\"{}\"", metadata_of(issuer));
    move |mut answer| {
        if answer.status() == StatusCode::UNAUTHORIZED
            && let Some(challenge) = answer.headers_mut().get_mut(WWW_AUTHENTICATE)
            && let Some(rest) = challenge.to_str().ok().and_then(|text| text.strip_prefix(BEARER))
            && let Ok(longer) = HeaderValue::try_from(format!("{more}{rest}"))
        {
            *challenge = longer;
        }
        ready(answer)
    }
}

const BEARER: &str = "Bearer realm=\"Chancery\"";

/// The well-known part stands between host and path (RFC 9728, section 3.1).
fn metadata_of(issuer: &str) -> String {
    let path = issuer.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
    let host = issuer.strip_suffix(&path).unwrap_or(issuer);
    format!("{host}/.well-known/oauth-protected-resource{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_part_stands_between_host_and_path() {
        let plain = "https://a.test:8443/.well-known/oauth-protected-resource";
        assert_eq!(metadata_of("https://a.test:8443"), plain);
        let deep = "https://a.test/.well-known/oauth-protected-resource/b/c";
        assert_eq!(metadata_of("https://a.test/b/c"), deep);
    }
}
