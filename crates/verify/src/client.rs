//! The authority over HTTP.
//!
//! **Invariant**: no token is in an address or an error, and none follows a redirect or goes through a
//! proxy of the environment's.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response};
use serde::de::DeserializeOwned;

use crate::builder::BadSetting;
use crate::verdict::Unavailable;
use crate::wire::{Answering, Answers, Authority, Cursor, Question, Shown, Told};

/// The largest answer that is read, in bytes: a feed of 2¹⁶ slots is less.
const LARGEST: usize = 1 << 20;

/// Asks one authority.
pub(crate) struct Client {
    http: reqwest::Client,
    verify: String,
    feed: String,
}

impl Client {
    pub(crate) fn new(base: &str, credential: &str) -> Result<Self, BadSetting> {
        if !is_bearer(credential) {
            return Err(BadSetting::Credential);
        }
        let shown = HeaderValue::from_str(&format!("Bearer {credential}"));
        let mut shown = shown.map_err(|_| BadSetting::Credential)?;
        shown.set_sensitive(true);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, shown)]);
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .redirect(Policy::none())
            .no_proxy()
            .tcp_nodelay(true)
            .build()
            .map_err(|error| BadSetting::System(error.to_string()))?;
        let mount = format!("{base}/authority/v1");
        Ok(Self { http, verify: format!("{mount}/verify"), feed: format!("{mount}/feed") })
    }
}

impl Authority for Client {
    fn verify<'a>(&'a self, shown: Shown<'a>) -> Answering<'a, Answers> {
        Box::pin(async move {
            let question = serde_json::to_vec(&Question::new(shown));
            let question = question.map_err(|_| Unavailable::no_answer("it can't be asked"))?;
            let request = self.http.post(&self.verify).header(CONTENT_TYPE, "application/json");
            answer(request.body(question)).await
        })
    }

    fn poll<'a>(&'a self, after: Option<&'a Cursor>, wait: Duration) -> Answering<'a, Told> {
        Box::pin(async move {
            let target = match after {
                Some(after) => format!("{}?after={after}&wait={}", self.feed, wait.as_millis()),
                None => self.feed.clone(),
            };
            answer(self.http.get(target)).await
        })
    }
}

/// Whether a text is spelled as a bearer token (RFC 6750, section 2.1, `b64token`), and no longer
/// than any is.
pub(crate) fn is_bearer(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    !body.is_empty() && text.len() <= 4_096 && body.bytes().all(plain)
}

async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Unavailable> {
    let sent = request.send().await.map_err(|error| broken(&error))?;
    match sent.status() {
        StatusCode::OK => read(sent).await,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Err(Unavailable::no_answer("the verifier's own credential is refused"))
        }
        other => Err(Unavailable::no_answer(&format!("it answered {}", other.as_u16()))),
    }
}

async fn read<T: DeserializeOwned>(mut response: Response) -> Result<T, Unavailable> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return Err(Unavailable::no_answer("it answered too much"));
        }
    }
    serde_json::from_slice(&body).map_err(|_| Unavailable::no_answer("it answered something else"))
}

/// What is told of a connection that failed: neither address nor body.
fn broken(error: &reqwest::Error) -> Unavailable {
    Unavailable::no_answer(if error.is_connect() {
        "it can't be reached"
    } else {
        "the connection broke off"
    })
}
