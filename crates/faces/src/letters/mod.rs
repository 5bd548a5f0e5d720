//! The pages that mailed links lead to: `/confirm` and `/password`. A link's secret stands behind `#`,
//! which no browser sends; a script of three lines puts it into the form, or the reader does.
//!
//! Read `page.rs` for how a page looks.
//!
//! **Invariant**: no page repeats what it was sent.

mod page;

#[cfg(test)]
mod tests;

use authority::{Authority, Error, Refusal};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::kit::{self, Context, Face, Served, form_fields, is_of_type, read_body};
use page::{Page, SCRIPT, STYLE};

#[derive(OpenApi)]
#[openapi(info(
    title = "Chancery: the pages that letters lead to",
    description = "For people with a browser. Programs use the other faces."
))]
struct About;

#[derive(Clone)]
struct Shared {
    context: Context,
    document: Served,
}

/// The face.
pub fn face(context: &Context) -> Face {
    let pages = OpenApiRouter::new()
        .routes(routes!(show_confirm, confirm))
        .routes(routes!(show_password, set_password))
        .routes(routes!(script))
        .routes(routes!(style))
        .routes(routes!(show));
    let (router, paths) = pages.split_for_parts();
    let document = kit::document(About::openapi(), "", paths);
    let shared = Shared { context: context.clone(), document: Served::new(&document) };
    let router: Router = router.with_state(shared).layer(map_response(kit::guarded));
    Face { name: "letters", mount: "/", router, document, warm: None, grpc: None }
}

/// Confirms an address.
#[utoipa::path(get, path = "/confirm", operation_id = "show_confirm",
    responses((status = 200, description = "A form, in HTML.")))]
async fn show_confirm() -> Page {
    page::CONFIRM
}

/// Confirms an address by the link that was mailed to it.
#[utoipa::path(post, path = "/confirm", operation_id = "confirm_by_page",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Confirmed, in HTML."),
        (status = 400, description = "The link is not good any more."),
        (status = 413, description = "Too long."), (status = 415, description = "No form."),
        (status = 503, description = "No answer now.")))]
async fn confirm(State(shared): State<Shared>, request: Request) -> Result<Page, Page> {
    let form = Form::read(&shared.context, request).await?;
    shared.authority().confirm_address(&form.token).await.map_err(Page::from)?;
    Ok(page::CONFIRMED)
}

/// Sets a new password.
#[utoipa::path(get, path = "/password", operation_id = "show_password",
    responses((status = 200, description = "A form, in HTML.")))]
async fn show_password() -> Page {
    page::PASSWORD
}

/// Sets a new password by a mailed link. It ends all sessions.
#[utoipa::path(post, path = "/password", operation_id = "set_password_by_page",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Set, in HTML."),
        (status = 400, description = "The link is not good any more, or the password."),
        (status = 413, description = "Too long."), (status = 415, description = "No form."),
        (status = 503, description = "No answer now.")))]
async fn set_password(State(shared): State<Shared>, request: Request) -> Result<Page, Page> {
    let Form { token, password } = Form::read(&shared.context, request).await?;
    let done = shared.authority().reset_password(&token, &password, false).await;
    done.map_err(Page::from)?;
    Ok(page::PASSWORD_SET)
}

/// What puts the secret into the form.
#[utoipa::path(get, path = "/letters.js", operation_id = "letters_script",
    responses((status = 200, description = "JavaScript.")))]
async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)
}

/// How the pages look.
#[utoipa::path(get, path = "/letters.css", operation_id = "letters_style",
    responses((status = 200, description = "A style sheet.")))]
async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

/// This face's OpenAPI document.
#[utoipa::path(get, path = "/letters.openapi.json", operation_id = "letters_document",
    responses((status = 200, description = "OpenAPI 3.1")))]
async fn show(State(shared): State<Shared>) -> Served {
    shared.document
}

impl Shared {
    fn authority(&self) -> &Authority {
        &self.context.authority
    }
}

/// What a page's form holds.
struct Form {
    token: String,
    password: String,
}

impl Form {
    async fn read(context: &Context, request: Request) -> Result<Self, Page> {
        let (parts, body) = request.into_parts();
        if !is_of_type(&parts.headers, "application/x-www-form-urlencoded") {
            return Err(page::UNREADABLE.with(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = read_body(&parts.headers, body, context.largest_body).await;
        let too_large = StatusCode::PAYLOAD_TOO_LARGE;
        let bytes = bytes.map_err(|unread| match unread {
            kit::Unread::TooLarge => page::UNREADABLE.with(too_large),
            kit::Unread::Broken => page::UNREADABLE,
        })?;
        let fields = form_fields(&bytes).ok_or(page::UNREADABLE)?;
        let field = |name: &str| {
            let found = fields.iter().find(|(field, _)| field == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Ok(Self { token: field("token").trim().to_owned(), password: field("password") })
    }
}

impl From<Error> for Page {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable(_) => page::BUSY,
            Error::Refused(Refusal::PasswordRefused(_)) => page::UNFIT,
            Error::Refused(_) => page::SPENT,
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        self.answer()
    }
}
