//! Walks of AWX's face alone, which differs from the others in who may come and in what it is asked by.

mod credentials;
mod document;
mod forged;
mod hidden;
mod outage;
mod rank;

use axum::http::{HeaderMap, Method};
use testing::{Answer, Caller, PASSWORD};

use crate::ground::Ground;
use crate::rows::{self, Kind, Row};

/// The rows of the face that are for somebody.
fn guarded() -> impl Iterator<Item = &'static Row> {
    rows::all().filter(|row| row.is_awx() && row.kind != Kind::Open)
}

fn changing() -> impl Iterator<Item = &'static Row> {
    guarded().filter(|row| row.kind == Kind::Changes)
}

fn reading() -> impl Iterator<Item = &'static Row> {
    guarded().filter(|row| row.kind == Kind::Reads)
}

/// A browser that is logged in: its session, and the seal that its forms carry.
struct Browser {
    session: String,
    seal: String,
}

impl Browser {
    async fn of(ground: &Ground, username: &str) -> Self {
        let page = ground.stranger.gets("/api/login/").await;
        let seal = cookie(&page.headers, "csrftoken");
        let form = format!("username={username}&password={}", PASSWORD.replace(' ', "+"));
        let browser = ground.stranger.clone().with("cookie", &format!("csrftoken={seal}"));
        let answer = browser.with("x-csrftoken", &seal).fills("/api/login/", &form).await;
        assert_eq!(answer.status, 302, "{}", answer.body);
        let of = |name| cookie(&answer.headers, name);
        Self { session: of("awx_sessionid"), seal: of("csrftoken") }
    }

    /// Its requests, with a seal beside the session and the same in a header.
    fn sealed(&self, ground: &Ground, seal: &str) -> Caller {
        let cookies = format!("awx_sessionid={}; csrftoken={seal}", self.session);
        ground.stranger.clone().with("cookie", &cookies).with("x-csrftoken", seal)
    }
}

fn cookie(headers: &HeaderMap, name: &str) -> String {
    let lines = headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let mut values = lines.filter_map(|line| line.split_once('=').filter(|(it, _)| *it == name));
    let (_, value) = values.next().unwrap();
    value.split(';').next().unwrap().to_owned()
}

/// Asks for what a row names by another method, without a body.
async fn asks(caller: &Caller, method: Method, target: &str) -> Answer {
    caller.sends(method, target, None, Vec::new()).await
}
