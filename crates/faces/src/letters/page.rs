//! How a page looks. All of it is written here; nothing of a request is in it.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};

/// Puts the secret behind `#` into the form, and hides its field.
pub(super) const SCRIPT: &str = "\
const secret = new URLSearchParams(location.hash.slice(1)).get('token');
const field = document.querySelector('[name=token]');
if (secret && field) { field.value = secret; field.closest('label').hidden = true; }
";

pub(super) const STYLE: &str = "\
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 15vh auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; }
label { display: block; margin: 1rem 0; }
input { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .4rem; }
button { font: inherit; padding: .4rem 1.2rem; }
";

/// Only our own script and style, forms to ourselves, and nobody's frame.
const ONLY_OURS: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    status: StatusCode,
    title: &'static str,
    content: &'static str,
}

const fn good(title: &'static str, content: &'static str) -> Page {
    Page { status: StatusCode::OK, title, content }
}

const fn bad(title: &'static str, content: &'static str) -> Page {
    Page { status: StatusCode::BAD_REQUEST, title, content }
}

pub(super) const CONFIRM: Page = good(
    "Confirm your address",
    "<form method=\"post\" action=\"/confirm\">\
     <label>The code in the letter, behind <code>token=</code>\
     <input name=\"token\" required autocomplete=\"off\"></label>\
     <p>This address is mine, and I asked for an account.</p>\
     <button>Confirm</button></form>",
);

pub(super) const CONFIRMED: Page =
    good("Your address is confirmed", "<p>Your account is ready: log in.</p>");

pub(super) const PASSWORD: Page = good(
    "Set a password",
    "<form method=\"post\" action=\"/password\">\
     <label>The code in the letter, behind <code>token=</code>\
     <input name=\"token\" required autocomplete=\"off\"></label>\
     <label>New password\
     <input name=\"password\" type=\"password\" required autocomplete=\"new-password\"></label>\
     <button>Set</button></form>",
);

pub(super) const PASSWORD_SET: Page =
    good("Your password is set", "<p>You are logged out everywhere: log in with it.</p>");

pub(super) const SPENT: Page = bad(
    "This link is not good any more",
    "<p>It was used, is too old, or a newer one was sent. Ask for another.</p>",
);

pub(super) const UNFIT: Page = bad(
    "This password can't be taken",
    "<p>It is too short, or one that is guessed first. Go back and choose a longer one: a few words \
     that don't belong together are good.</p>",
);

pub(super) const UNREADABLE: Page =
    bad("This can't be read", "<p>Go back, and send the form again.</p>");

pub(super) const BUSY: Page = Page {
    status: StatusCode::SERVICE_UNAVAILABLE,
    title: "No answer now",
    content: "<p>Go back, and try again in a moment. If the link is not good any more then, ask for another.</p>",
};

impl Page {
    /// The same with another status.
    pub(super) const fn with(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(super) fn answer(self) -> Response {
        let Self { status, title, content } = self;
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
             <link rel=\"stylesheet\" href=\"/letters.css\">\
             <script src=\"/letters.js\" defer></script></head>\
             <body><h1>{title}</h1>{content}</body></html>"
        );
        let headers =
            [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, ONLY_OURS)];
        let retry = [(RETRY_AFTER, "1")];
        let retry = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(retry);
        (status, headers, retry.map(axum::response::AppendHeaders), html).into_response()
    }
}
