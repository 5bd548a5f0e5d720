//! The running server, as commands talk to it: over its native API, with a token that nobody else
//! can read.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use authority::secret::Secret;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

use super::{Failed, Where};
use crate::config::Config;
use crate::keys::read_private;

/// Where the native API is.
const MOUNT: &str = "/authority/v1";
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// A server and who asks it.
pub(super) struct Api {
    client: Client,
    base: String,
    operations: String,
    token: Option<Secret>,
}

impl Api {
    /// Asks as the holder of a token: the one in `CHANCERY_TOKEN`, else the one that `quickstart`
    /// left.
    pub(super) fn new(config: &Config, at: &Where) -> Result<Self, Failed> {
        let token = std::env::var("CHANCERY_TOKEN").ok().filter(|token| !token.is_empty());
        let token = match token {
            Some(token) => Secret::from_text(token),
            None => from_file(config)?,
        };
        Ok(Self { token: Some(token), ..Self::anonymous(config, at) })
    }

    /// Asks as nobody.
    pub(super) fn anonymous(config: &Config, at: &Where) -> Self {
        let scheme = if config.tls().is_some() { "https" } else { "http" };
        let said = at.server.clone().or_else(|| std::env::var("CHANCERY_SERVER").ok());
        let here = || {
            let public = config.public_url.clone().filter(|_| config.tls().is_some());
            public.unwrap_or_else(|| format!("{scheme}://{}", reachable(config.listen)))
        };
        let base = said.unwrap_or_else(here).trim_end_matches('/').to_owned();
        let apart = config.operations.map(|at| format!("http://{}", reachable(at)));
        let operations = apart.unwrap_or_else(|| base.clone());
        // What a proxy may see, it could use: commands talk to the server itself.
        let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE);
        let client = client.build().unwrap_or_default();
        Self { client, base, operations, token: None }
    }

    /// What the server says of its health.
    pub(super) async fn health(&self) -> Result<Value, Failed> {
        let asked = self.client.get(format!("{}/health/ready", self.operations));
        let answer = asked.send().await.map_err(|error| self.silent(&error))?;
        answer.json().await.map_err(|_| Failed::new("what answers there is no Chancery"))
    }

    /// Begins a request to the native API.
    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{MOUNT}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token.reveal()),
            None => request,
        }
    }

    /// Asks, and gives what the server answers.
    pub(super) async fn get(&self, path: &str) -> Result<Value, Failed> {
        self.send(self.ask(Method::GET, path)).await
    }

    /// Has something done.
    pub(super) async fn have(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Failed> {
        let request = self.ask(method, path);
        self.send(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    /// Obtains a short token for a good one, at the token endpoint (RFC 8693).
    pub(super) async fn exchange(&self, fields: &[(&str, &str)]) -> Result<Value, Failed> {
        let path = format!("{}/oauth/token", self.base);
        self.send(self.client.post(path).form(fields)).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value, Failed> {
        let answer = request.send().await.map_err(|error| self.silent(&error))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| self.silent(&error))?;
        let value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if status.is_success() { Ok(value) } else { Err(refused(status, &value)) }
    }

    fn silent(&self, error: &reqwest::Error) -> Failed {
        if error.is_connect() {
            let here = &self.base;
            return Failed::new(format!(
                "no server answers at {here}; `chancery serve` starts one"
            ));
        }
        // An error's own words would hold the address asked for, with all that it holds.
        Failed::new(format!("{} did not answer in time, or broke off", self.base))
    }
}

/// What a problem says (RFC 9457), or an error of OAuth's (RFC 6749, section 5.2).
fn refused(status: StatusCode, problem: &Value) -> Failed {
    let text = |name: &str| problem.get(name).and_then(Value::as_str);
    match text("detail").or(text("title")).or(text("error_description")) {
        Some(said) => Failed::new(said),
        None => Failed::new(format!("the server answers {status}")),
    }
}

fn from_file(config: &Config) -> Result<Secret, Failed> {
    let path = config.token_file();
    if !path.exists() {
        let path = path.display();
        return Err(Failed::new(format!("no token: set CHANCERY_TOKEN, or put one into {path}")));
    }
    let text = read_private(&path).map_err(Failed::new)?;
    Ok(Secret::from_text(text.trim().to_owned()))
}

/// An address to reach what listens on this one.
fn reachable(mut address: std::net::SocketAddr) -> std::net::SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    address
}
