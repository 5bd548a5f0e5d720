//! Pages for people: logging in, and allowing an application to act for them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:15vh auto;\
    padding:0 1rem}h1{font-size:1.3rem}label{display:block;margin:1rem 0}\
    input:not([type=hidden]){display:block;width:100%;box-sizing:border-box;font:inherit;\
    padding:.4rem}button,input[type=submit]{display:inline-block;width:auto;font:inherit;\
    padding:.4rem 1.2rem;margin-right:1rem}";

/// A form that logs in. `complaint` says what was wrong with the last try: 401.
pub(super) fn login(seal: &str, next: &str, complaint: Option<&str>) -> Response {
    let status = complaint.map_or(StatusCode::OK, |_| StatusCode::UNAUTHORIZED);
    let complaint = complaint.map(|text| format!("<p>{}</p>", escaped(text))).unwrap_or_default();
    let content = format!(
        "{complaint}<form method=\"post\" action=\"/api/login/\">{}{}\
         <label>User name<input name=\"username\" required autocomplete=\"username\"></label>\
         <label>Password<input name=\"password\" type=\"password\" required \
         autocomplete=\"current-password\"></label><button>Log in</button></form>",
        hidden("csrfmiddlewaretoken", seal),
        hidden("next", next),
    );
    page(status, ("Log in", &content), "'self'")
}

/// A refusal of a forged form.
pub(super) fn refused(why: &str) -> Response {
    let content = format!("<p>{}</p><p>Go back, load the page again and retry.</p>", escaped(why));
    page(StatusCode::FORBIDDEN, ("403 Forbidden", &content), "'none'")
}

/// A request for a code that leads nowhere.
pub(super) fn astray(what: &str) -> Response {
    let content =
        format!("<p>The application that sent you here gave a wrong {}.</p>", escaped(what));
    page(StatusCode::BAD_REQUEST, ("400 Bad Request", &content), "'none'")
}

/// A question whether an application may act for somebody. `fields` go back with the answer.
pub(super) fn question(
    (application, scopes): (&str, &str),
    fields: &[(&str, &str)],
    back: &str,
) -> Response {
    let hidden: String = fields.iter().map(|(name, value)| hidden(name, value)).collect();
    let content = format!(
        "<p><strong>{}</strong> asks to act for you, with the scope <code>{}</code>.</p>\
         <form method=\"post\">{hidden}<input type=\"submit\" name=\"allow\" value=\"Authorize\">\
         <button>Cancel</button></form>",
        escaped(application),
        escaped(scopes),
    );
    // The answer to the form goes on to the application, which browsers count as its target.
    page(
        StatusCode::OK,
        ("Authorize an application", &content),
        &format!("'self' {}", origin(back)),
    )
}

/// Scheme, host and port of an address that was checked.
fn origin(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or_default();
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    format!("{scheme}://{host}")
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value))
}

/// A text where it can't end what it stands in.
pub(super) fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut safe, c| {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
        safe
    })
}

fn page(status: StatusCode, (title, content): (&str, &str), forms: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <link rel=\"stylesheet\" href=\"/api/login/style.css\"></head>\
         <body><h1>{title}</h1>{content}</body></html>"
    );
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action {forms}; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    let mut answer = (status, html).into_response();
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    answer
}

/// `GET /api/login/style.css`
pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_not_end_what_it_stands_in() {
        assert_eq!(escaped("<a b=\"c\" d='e'>&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
    }

    #[test]
    fn an_origin_ends_before_the_path() {
        assert_eq!(origin("https://app.example.org:8443/cb?x=/"), "https://app.example.org:8443");
    }
}
