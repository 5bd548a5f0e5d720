//! What a server promises of limited tokens, on SQLite.
//!
//! Read [`spend`] (a use-once token says yes once), [`pace`] (so many requests a minute), [`usage`]
//! (the counts of uses are those of the uses).
//!
//! **Invariant**: what is asked is counted here, before anybody asks the server what it counted.

mod grpc;
pub mod pace;
pub mod spend;
pub mod usage;

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use http::Method;
use http::header::{AUTHORIZATION, HeaderValue};
use serde_json::{Value, json};

use crate::api;
use crate::clock::Stopwatch;
use crate::server::{self, Server, Site};
use crate::wire::{Ask, Reply, Wire};

/// A token of the superuser's, good everywhere.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

/// A server with somebody who may do everything.
pub struct Court {
    /// Where the server is.
    pub site: Site,
    /// The time of all that is measured.
    pub clock: Stopwatch,
    /// The server, which runs.
    pub server: Server,
    /// The superuser's connection.
    pub wire: Wire,
    /// The superuser's token.
    pub superuser: Token,
}

/// Does it all, and prints a line about each.
///
/// # Errors
///
/// The first promise that is not kept, or what kept it from being tried.
pub async fn run(binary: &Path, folder: &Path, rounds: u32) -> io::Result<()> {
    let mut court = Court::open(binary, &folder.join("spend"), "403").await?;
    say(&spend::run(&mut court, rounds).await?)?;
    court.close().await?;
    for status in ["403", "429"] {
        let mut court = Court::open(binary, &folder.join(status), status).await?;
        let paced = pace::run(&mut court, status).await?;
        say(&paced.told)?;
        say(&usage::run(court, paced.limited, paced.neighbour).await?)?;
    }
    Ok(())
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "ok      {line}")
}

impl Court {
    async fn open(binary: &Path, folder: &Path, refusal: &'static str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut site = Site::new(binary, "sqlite", folder)?;
        site.settings.push(("CHANCERY_CHECK_RATE_STATUS", refusal));
        site.grpc = Some(server::free_port()?);
        let clock = Stopwatch::start();
        let (server, _) = site.start(&clock).await?;
        let mut wire = Wire::new(site.address);
        let ask = api::issue_personal("admin", server::PASSWORD, "superuser");
        let superuser = token_of(&answer(&mut wire, ask).await?)?;
        Ok(Self { site, clock, server, wire, superuser })
    }

    async fn close(self) -> io::Result<()> {
        let well = self.server.stop().await?;
        held(well, || "the server did not end well".to_owned())
    }

    /// Issues a token with these members.
    pub async fn issue(&mut self, wish: &Value) -> io::Result<Token> {
        let path = "/authority/v1/tokens";
        let ask = api::request(Method::POST, path, Some(&self.superuser.secret), Some(wish));
        token_of(&answer(&mut self.wire, ask).await?)
    }

    /// How often a token was told yes, and no, as the server counted.
    pub async fn counted(&mut self, token: &Token) -> io::Result<Count> {
        let path = format!("/authority/v1/tokens/{}/usage", token.id);
        let ask = api::request(Method::GET, &path, Some(&self.superuser.secret), None);
        let told = json_of(&answer(&mut self.wire, ask).await?)?;
        let days = told.get("days").and_then(Value::as_array);
        let days = days.ok_or_else(|| io::Error::other("the usage has no days"))?;
        let sum = |name: &str| days.iter().filter_map(|day| day.get(name)?.as_u64()).sum();
        Ok(Count { good: sum("good"), refused: sum("refused") })
    }
}

/// How often a token was told yes, and no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Yes.
    pub good: u64,
    /// No.
    pub refused: u64,
}

/// Asks on a connection that is made if there is none.
async fn answer(wire: &mut Wire, ask: Ask) -> io::Result<Reply> {
    wire.connect().await?;
    wire.ask(ask).await.map_err(io::Error::other)
}

fn token_of(reply: &Reply) -> io::Result<Token> {
    let told = json_of(reply)?;
    let text = |name: &str| told.get(name).and_then(Value::as_str).map(str::to_owned);
    let token = text("id").zip(text("secret")).map(|(id, secret)| Token { id, secret });
    token.ok_or_else(|| io::Error::other("an answer without a token"))
}

fn json_of(reply: &Reply) -> io::Result<Value> {
    held(reply.status.is_success(), || format!("answered with {}", reply.status))?;
    Ok(serde_json::from_slice(&reply.body)?)
}

/// Whether a promise holds; if not, what is true instead.
fn held(holds: bool, instead: impl FnOnce() -> String) -> io::Result<()> {
    if holds { Ok(()) } else { Err(io::Error::other(instead())) }
}

/// A question about one token by somebody who may ask it.
fn verify(asker: &str, secret: &str) -> Ask {
    let body = json!({ "tokens": [{ "token": secret }] });
    api::request(Method::POST, "/authority/v1/verify", Some(asker), Some(&body))
}

/// `POST /oauth/introspect`
fn introspect(asker: &str, secret: &str) -> io::Result<Ask> {
    let form = format!("token={secret}");
    let bearer = HeaderValue::from_str(&format!("Bearer {asker}")).map_err(io::Error::other)?;
    http::Request::builder()
        .method(Method::POST)
        .uri("/oauth/introspect")
        .header(http::header::HOST, "trials.test")
        .header(AUTHORIZATION, bearer)
        .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(hyper::body::Bytes::from(form).into())
        .map_err(io::Error::other)
}
