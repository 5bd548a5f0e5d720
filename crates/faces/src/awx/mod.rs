//! AWX's face, `/api`: the token API of AWX 24.6.1, with what its clients need around it.
//!
//! Read `views.rs` (which paths there are), `view.rs` (how a request goes through one), `asked.rs` and
//! `body.rs` (what it brings), `fault.rs` (how it says no) and `reply.rs` (what each answer carries);
//! then a file per resource. `filter/` makes searches of query strings, `options/` describes fields,
//! `provider/` is the OAuth 2 provider under `/api/o/`, `session.rs` logs browsers in and out.
//!
//! **Invariant**: numbers stand for objects here, and an object that the caller may not see is answered
//! like one that is not there.

mod activity;
mod applications;
mod asked;
mod body;
mod could;
mod discovery;
mod document;
mod fault;
mod fields;
mod filter;
mod find;
mod listing;
mod options;
mod organizations;
mod page;
mod provider;
mod python;
mod reply;
mod role;
mod roles;
mod scope;
mod session;
mod settings;
mod show;
mod teams;
mod tokens;
mod users;
mod view;
mod views;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get};

use self::fault::Fault;
use self::view::View;
use crate::kit::{self, Context, Face, Served};

/// What the handlers share.
#[derive(Clone)]
struct Shared {
    context: Context,
    document: Served,
}

/// The face.
pub fn face(context: &Context) -> Face {
    let (views, pages) = (views::all(), pages());
    let document = document::document(&views, &pages);
    let shared = Shared { context: context.clone(), document: Served::new(&document) };
    let router = pages.into_iter().fold(Router::new(), served);
    let router = views.into_iter().fold(router, routed);
    Face {
        name: "awx",
        mount: "/",
        router: router
            .route("/api/{*rest}", any(unknown))
            .layer(map_response(kit::guarded))
            .with_state(shared),
        document,
        warm: None,
        grpc: None,
    }
}

/// A path that is no view.
struct Page {
    /// The path; if it has a slash at its end, it is answered without it too.
    path: &'static str,
    /// What the document says of it: the methods, what each is called, and with what it is answered.
    methods: &'static [(Method, &'static str, &'static [u16])],
    answer: MethodRouter<Shared>,
}

fn pages() -> Vec<Page> {
    const GET: Method = Method::GET;
    const POST: Method = Method::POST;
    let page = |path, methods, answer| Page { path, methods, answer };
    vec![
        page(
            "/api/login/",
            &[
                (GET, "login_page", &[200, 302, 406]),
                (POST, "login", &[200, 302, 400, 401, 403, 429, 503]),
            ],
            any(session::login),
        ),
        page("/api/login/style.css", &[(GET, "login_style", &[200])], get(page::style)),
        page(
            "/api/logout/",
            &[(GET, "logout", &[302, 503]), (POST, "logout_by_form", &[302, 503])],
            any(session::logout),
        ),
        page(
            "/api/o/authorize/",
            &[
                (GET, "authorize", &[200, 302, 400, 403, 503]),
                (POST, "authorize_decide", &[302, 400, 403, 503]),
            ],
            any(provider::authorize),
        ),
        page(
            "/api/o/token/",
            &[(POST, "token", &[200, 400, 401, 403, 429, 503])],
            any(provider::token),
        ),
        page(
            "/api/o/revoke_token/",
            &[(POST, "revoke_token", &[200, 400, 401, 429, 503])],
            any(provider::revoke),
        ),
        page("/api/openapi.json", &[(GET, "document", &[200])], get(show)),
    ]
}

fn served(router: Router<Shared>, Page { path, answer, .. }: Page) -> Router<Shared> {
    let router = router.route(path, answer);
    match path.strip_suffix('/') {
        Some(bare) => router.route(bare, any(with_slash)),
        None => router,
    }
}

fn routed(router: Router<Shared>, view: View) -> Router<Shared> {
    let path = format!("/api{}", view.path);
    let bare = path.trim_end_matches('/').to_owned();
    let view = Arc::new(view);
    let answer = async move |State(shared): State<Shared>, request: Request| {
        view.answer(&shared, request).await
    };
    router.route(&path, any(answer)).route(&bare, any(with_slash))
}

/// A path that lacks its slash is answered with the one that has it, before anybody is asked who they
/// are.
async fn with_slash(request: Request) -> Response {
    let path = format!("{}/", request.uri().path());
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut answer = StatusCode::MOVED_PERMANENTLY.into_response();
    if let Ok(location) = HeaderValue::from_str(&(path + &query)) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer
}

async fn unknown() -> Fault {
    let detail = "The requested resource could not be found.".to_owned();
    Fault::Detail(StatusCode::NOT_FOUND, detail)
}

/// This face's OpenAPI document.
async fn show(State(shared): State<Shared>) -> Served {
    shared.document
}
