//! Views: one for each path, and how a request goes through one.
//!
//! The order is AWX's (contract section 1): what may be answered, the body, who asks, whether its scope
//! lets it write at all, and only then what the view does.

use std::future::Future;
use std::pin::Pin;

use authority::permission::Permission;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::Shared;
use super::asked::{Asked, SignedIn};
use super::body::read;
use super::fault::Fault;
use super::options::{self, About};
use super::reply::{Reply, dress, methods};
use super::session::{refreshed, seal_for, set_cookie};

/// What a view does for one method.
pub(super) type Action = for<'a> fn(&'a Asked) -> Doing<'a>;
/// Its doing it.
pub(super) type Doing<'a> = Pin<Box<dyn Future<Output = Result<Reply, Fault>> + Send + 'a>>;

/// A path and what it does.
#[derive(Clone)]
pub(super) struct View {
    /// The path under `/api`, with its slash at the end and its parameters in braces.
    pub(super) path: &'static str,
    /// What OPTIONS says of it.
    pub(super) about: About,
    /// Whether strangers may look.
    pub(super) open: bool,
    /// What it does, by method. `HEAD` is `GET`, `OPTIONS` is for all.
    pub(super) actions: Vec<(Method, Action)>,
}

impl View {
    fn action(&self, method: &Method) -> Option<Action> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.actions.iter().find(|(known, _)| known == method).map(|(_, action)| *action)
    }

    /// What `Allow` says.
    pub(super) fn allowed(&self) -> String {
        let mut all: Vec<Method> = self.actions.iter().map(|(method, _)| method.clone()).collect();
        all.extend([Method::HEAD, Method::OPTIONS]);
        methods(&all)
    }

    /// Answers a request.
    pub(super) async fn answer(&self, shared: &Shared, request: Request) -> Response {
        let began = shared.context.authority.now();
        let (parts, body) = request.into_parts();
        let (answer, signed_in) = self.go(shared, &parts, body).await;
        let answer = answer.map(|reply| reply.in_format(&parts));
        let cookie = signed_in.as_ref().and_then(|one| one.cookie.clone());
        let known = signed_in.is_some_and(|one| one.is_sealed());
        let mut answer = dress(answer, self, (shared, &parts.headers, began), known);
        if parts.method == Method::HEAD {
            *answer.body_mut() = Body::empty();
        }
        if self.path == "/" {
            let session = cookie.as_deref().unwrap_or_default();
            set_cookie(&mut answer, &seal_for(shared, &parts, session).1);
        }
        refreshed(answer, shared, cookie.as_deref())
    }

    async fn go(
        &self,
        shared: &Shared,
        parts: &Parts,
        body: Body,
    ) -> (Result<Reply, Fault>, Option<SignedIn>) {
        let query = match super::body::negotiate(parts) {
            Ok(query) => query,
            Err(fault @ Fault::NotSignedIn) => return (Err(fault), None),
            Err(fault) => {
                return match SignedIn::by(shared, parts).await {
                    Ok(signed_in) => (Err(fault), signed_in),
                    Err(no_answer) => (Err(no_answer), None),
                };
            }
        };
        let body = match read(shared, parts, body).await {
            Ok(body) => body,
            Err(fault) => return (Err(fault), None),
        };
        let signed_in = match SignedIn::by(shared, parts).await {
            Ok(signed_in) => signed_in,
            Err(fault) => return (Err(fault), None),
        };
        if let Some(Err(why)) = signed_in.as_ref().map(SignedIn::seal) {
            let detail = format!("CSRF Failed: {why}");
            return (Err(Fault::Detail(StatusCode::FORBIDDEN, detail)), signed_in);
        }
        let asked = Asked::new(shared, parts, query, body, signed_in.clone());
        (self.act(&asked).await, signed_in)
    }

    async fn act(&self, asked: &Asked) -> Result<Reply, Fault> {
        if asked.method == Method::OPTIONS {
            return self.describe(asked).await;
        }
        let not_here = || {
            let detail = format!("Method \"{}\" not allowed.", asked.method);
            Fault::Detail(StatusCode::METHOD_NOT_ALLOWED, detail)
        };
        if !self.open {
            asked.may_read()?;
        }
        let answer = match self.action(&asked.method) {
            _ if !asked.method.is_safe() && asked.actor().is_ok() && asked.may_write().is_err() => {
                Err(Fault::forbidden())
            }
            Some(action) => action(asked).await,
            None => Err(not_here()),
        };
        match answer {
            // So that names can't be probed.
            Err(fault) if asked.is_named() && fault.is_forbidden() => {
                Err(Fault::Detail(StatusCode::NOT_FOUND, "Not found.".to_owned()))
            }
            other => other,
        }
    }

    async fn describe(&self, asked: &Asked) -> Result<Reply, Fault> {
        asked.actor()?;
        let writes = [(Method::POST, "POST"), (Method::PUT, "PUT")];
        let writes = writes.into_iter().find(|(method, _)| self.action(method).is_some());
        let could = match writes {
            Some((_, name)) => super::could::could(asked, self.path).await?.then_some(name),
            None => None,
        };
        Ok(Reply::ok(options::body(&self.about, could)))
    }
}

impl Asked {
    /// Whether the credential may look at anything at all here. Each answer shows something, so that one
    /// that may not look may not change anything either.
    fn may_read(&self) -> Result<(), Fault> {
        let covers = self.actor()?.scopes().cover(&Permission::SELF_READ);
        if covers { Ok(()) } else { Err(Fault::forbidden()) }
    }

    /// Whether the credential may change anything at all: what is asked first of every method that is
    /// not safe.
    fn may_write(&self) -> Result<(), Fault> {
        let covers = self.actor()?.scopes().cover(&Permission::SELF_UPDATE);
        if covers { Ok(()) } else { Err(Fault::forbidden()) }
    }
}
