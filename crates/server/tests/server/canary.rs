//! Canaries: secrets of every sort, sent to every sort of place, at the finest log level. None may
//! turn up in the log, the metrics, an answer, or the database (attack book A181, A182).

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Client, Method, RequestBuilder};
use rustix::process::Signal;
use serde_json::json;

use super::support::{Process, text, until};

/// What nobody may find again.
struct Canaries(Vec<String>);

impl Canaries {
    /// A new one of 12 letters, as a text of its own.
    fn hatch(&mut self) -> String {
        let canary = format!("canary{:06}", 424_242 + 7 * self.0.len());
        self.0.push(canary.clone());
        canary
    }

    fn found(&self, place: &str, bytes: &[u8]) {
        for canary in &self.0 {
            for spelling in spellings(canary) {
                let found =
                    bytes.windows(spelling.len()).any(|window| window == spelling.as_bytes());
                assert!(!found, "{canary} is in {place} as {spelling}");
            }
        }
    }
}

/// A text as it stands, and what is in base64 of it whatever stands before and behind.
fn spellings(text: &str) -> Vec<String> {
    let inside = |before: usize| {
        let bytes = [vec![0; before], text.as_bytes().to_vec()].concat();
        let whole = bytes.len() / 3 * 4;
        let start = before.div_ceil(3) * 4;
        STANDARD.encode(bytes).get(start..whole).unwrap_or_default().to_owned()
    };
    let plain = [text.to_owned(), inside(0), inside(1), inside(2)];
    let url = plain.clone().map(|text| text.replace('+', "-").replace('/', "_"));
    plain.into_iter().chain(url).collect()
}

#[test]
fn a_canary_in_base64_is_found() {
    let canaries = Canaries(vec!["canary424242".to_owned()]);
    for before in ["", "a", "ab", "admin:"] {
        let header = format!("Basic {}", STANDARD.encode(format!("{before}canary424242!")));
        let found = std::panic::catch_unwind(|| canaries.found("a log", header.as_bytes()));
        assert!(found.is_err(), "{header}");
    }
    canaries.found("a log", b"nothing of the kind");
}

#[tokio::test]
async fn no_secret_turns_up_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut canaries = Canaries(Vec::new());
    let password = format!("{} gray otter", canaries.hatch());
    let settings = [("CHANCERY_ADMIN_PASSWORD", password.as_str()), ("CHANCERY_LOG", "trace")];
    let process =
        Process::start(folder.path(), &settings, &["quickstart", "--listen", "127.0.0.1:0"]);
    let base = format!("http://{}", process.address().await);
    let client = Client::builder().no_proxy().build().unwrap();
    let request = |method: Method, path: &str| client.request(method, format!("{base}{path}"));
    until("it is ready", async || {
        let ready = request(Method::GET, "/health/ready").send().await;
        ready.is_ok_and(|answer| answer.status().is_success())
    })
    .await;

    let login = json!({ "email": "admin", "password": password });
    let answer = request(Method::POST, "/v0/auth/login").json(&login).send().await.unwrap();
    let session: serde_json::Value = answer.json().await.unwrap();
    let (access, refresh) = (text(&session, "accessToken"), text(&session, "refreshToken"));
    let issue = request(Method::POST, "/v0/tokens").bearer_auth(&access).send().await.unwrap();
    let token = text(&issue.json().await.unwrap(), "token");
    assert!(token.len() > 40 && access.len() > 40 && refresh.len() > 40);
    request(Method::GET, "/check").bearer_auth(&token).send().await.unwrap();
    request(Method::GET, "/check").bearer_auth(&access).send().await.unwrap();

    for attempt in attempts(&mut canaries, &request, &access) {
        let answer = attempt.send().await.unwrap().bytes().await.unwrap();
        canaries.found("an answer", &answer);
    }
    canaries.0.extend(others(&request, &access, folder.path()).await);
    canaries.0.extend([access, refresh, token]);
    canaries.0.extend([fs::read_to_string(folder.path().join("data/admin-token"))
        .unwrap()
        .trim()
        .to_owned()]);
    let metrics = request(Method::GET, "/metrics").send().await.unwrap().bytes().await.unwrap();
    canaries.found("the metrics", &metrics);
    sweep(&canaries, folder.path());
    let log = process.log.clone();
    assert!(process.end(Signal::TERM).await.success());
    sweep(&canaries, folder.path());
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "the log is fine enough");
    assert!(log.contains("route=\"/v0/auth/login\""), "requests are logged by their route: {log}");
}

/// Requests that carry canaries where secrets should and should not be.
fn attempts(
    canaries: &mut Canaries,
    request: &impl Fn(Method, &str) -> RequestBuilder,
    access: &str,
) -> Vec<RequestBuilder> {
    let mut new = || canaries.hatch();
    let post = |path: &str| request(Method::POST, path);
    let get = |path: &str| request(Method::GET, path);
    vec![
        post("/v0/auth/login").json(&json!({ "email": "admin", "password": new() })),
        post("/v0/auth/login").json(&json!({ "email": "admin", "nested": { "secret": [new()] } })),
        post("/v0/auth/login").body(format!("{{\"password\": \"{}", new())),
        post("/v0/auth/login")
            .header("content-type", "application/json")
            .body(format!("[{}", new())),
        post("/v0/auth/refresh").json(&json!({ "refreshToken": format!("tkrt_{}", new()) })),
        post("/v0/auth/register").json(&json!({ "email": "x@corp.test", "password": new() })),
        get("/v0/teams").bearer_auth(new()),
        get("/v0/teams").bearer_auth(format!("tkak_{}", new().repeat(4))),
        get("/v0/teams").basic_auth("admin", Some(new())),
        get("/check").bearer_auth(new()),
        get("/check").basic_auth("x", Some(new())),
        get("/check").header("x-chancery-require", new()),
        get(&format!("/v0/teams?access_token={}", new())),
        get(&format!("/check?token={}", new())),
        get(&format!("/v0/tokens/{}", new())).bearer_auth(access),
        get(&format!("/{}/{}", new(), new())),
        get("/v0/teams").header("x-unknown-header", new()).header("cookie", format!("s={}", new())),
        get("/metrics").header(new(), "name"),
        post("/oauth/token").body(format!("grant_type=password&password={}", new())),
        post("/oauth/introspect").body(format!("token={}", new())),
        post("/authority/v1/verify")
            .bearer_auth(access)
            .json(&json!({ "tokens": [{ "token": new() }] })),
        post("/authority/v1/tokens").bearer_auth(access).header("idempotency-key", new()),
        request(Method::PUT, "/authority/v1/me/password")
            .bearer_auth(access)
            .json(&json!({ "current": new(), "new": new(), "old": new() })),
        request(Method::from_bytes(new().as_bytes()).unwrap(), "/v0/teams"),
    ]
}

/// One secret of each further kind, and the root key.
async fn others(
    request: &impl Fn(Method, &str) -> RequestBuilder,
    access: &str,
    folder: &Path,
) -> Vec<String> {
    let post = async |path: &str, body: serde_json::Value| -> serde_json::Value {
        let sent = request(Method::POST, path).bearer_auth(access).json(&body).send().await;
        sent.unwrap().json().await.unwrap()
    };
    let teams = request(Method::GET, "/v0/teams").bearer_auth(access).send().await.unwrap();
    let teams: serde_json::Value = teams.json().await.unwrap();
    let organization = teams.pointer("/0/id").unwrap();
    let wish = json!({ "organization": organization, "name": "shop" });
    let shop = text(&post("/authority/v1/applications", wish).await, "id");
    let secrets = format!("/authority/v1/applications/{shop}/secrets");
    let client = text(&post(&secrets, json!({})).await, "secret");
    let wish = json!({ "holder": { "kind": "application", "id": shop } });
    let integration = text(&post("/authority/v1/tokens", wish).await, "secret");
    let form = format!("token={integration}");
    let asked = request(Method::POST, "/oauth/introspect").basic_auth(&shop, Some(&client));
    let asked = asked.header("content-type", "application/x-www-form-urlencoded").body(form);
    let told: serde_json::Value = asked.send().await.unwrap().json().await.unwrap();
    assert_eq!(told.get("active"), Some(&json!(true)));

    let wish = json!({ "email": "bob@corp.test", "password": "gray otter on a lamp post" });
    request(Method::POST, "/v0/auth/register").json(&wish).send().await.unwrap();
    let mut link = String::new();
    until("the letter is written", async || {
        let letters = fs::read_dir(folder.join("data/mail")).into_iter().flatten().flatten();
        let letters = letters.filter_map(|letter| fs::read_to_string(letter.path()).ok());
        let plain = letters.map(|letter| letter.replace("=\r\n", "").replace("=3D", "="));
        let found = plain.filter_map(|letter| {
            let (_, rest) = letter.split_once("#token=")?;
            Some(rest.split_whitespace().next()?.to_owned())
        });
        link = found.last().unwrap_or_default();
        !link.is_empty()
    })
    .await;
    assert!(link.starts_with("tkmt_"), "{link}");
    let keys = fs::read_to_string(folder.join("data/keys.toml")).unwrap();
    let root = keys.split('"').nth(1).unwrap().to_owned();
    vec![client, integration, link, root]
}

/// Looks through the log and every file of the data folder but those that are for secrets.
fn sweep(canaries: &Canaries, folder: &Path) {
    for name in ["log", "output"] {
        canaries.found(name, &fs::read(folder.join(name)).unwrap());
    }
    for entry in fs::read_dir(folder.join("data")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let for_secrets = ["admin-token", "keys.toml"].contains(&name.as_str());
        if path.is_file() && !for_secrets && !name.ends_with("-reserve") {
            canaries.found(&name, &fs::read(&path).unwrap());
        }
    }
}
