//! Commands that talk to a running server, and those that work without one.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use rustix::process::Signal;
use serde_json::Value;

use super::support::{Process, chancery, text};

/// Runs a command to its end; gives its exit code, and what it printed.
fn run(folder: &Path, server: &str, arguments: &[&str], input: &str) -> (Option<i32>, String) {
    let mut child = chancery(folder, &[("CHANCERY_SERVER", server)])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let told = child.wait_with_output().unwrap();
    let all = [told.stdout, told.stderr].concat();
    (told.status.code(), String::from_utf8(all).unwrap())
}

/// As [`run`], in JSON; it must go well.
fn done(folder: &Path, server: &str, arguments: &[&str]) -> Value {
    let (code, said) = run(folder, server, &[arguments, &["--format", "json"]].concat(), "");
    assert_eq!(code, Some(0), "{arguments:?}: {said}");
    let first = said.lines().next().unwrap_or("null").to_owned();
    serde_json::from_str(&first).unwrap()
}

#[tokio::test]
async fn tokens_are_handled_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let process = Process::start(at, &[], &["quickstart", "--listen", "127.0.0.1:0"]);
    let server = format!("http://{}", process.address().await);
    let ask = |arguments: &[&str]| done(at, &server, arguments);

    let issued = ask(&["token", "issue", "--label", "from the command line"]);
    let (id, secret) = (text(&issued, "id"), text(&issued, "secret"));
    assert!(secret.starts_with("tkpt_"), "{issued}");
    assert_eq!(text(&ask(&["token", "show", &id]), "label"), "from the command line");
    let verify = |secret: &str| run(at, &server, &["token", "verify"], secret);
    assert_eq!(verify(&secret).0, Some(0));

    let rotated = ask(&["token", "rotate", &id]);
    assert_eq!(verify(&secret).0, Some(1), "the old secret is dead");
    assert_eq!(verify(&text(&rotated, "secret")).0, Some(0));
    let of = ["token", "exchange", "--scopes", "read", "--format", "json"];
    let (code, said) = run(at, &server, &of, &text(&rotated, "secret"));
    let short: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, text(&short, "scope").as_str()), (Some(0), "read"), "{said}");
    let short = text(&short, "access_token");
    assert_eq!(verify(&short).0, Some(0));
    let of = ["token", "exchange", "--audience", "shop"];
    let (code, said) = run(at, &server, &of, &short);
    assert!(code == Some(1) && said.contains("audience"), "{said}");
    ask(&["token", "revoke", &id]);
    assert_eq!(verify(&short).0, Some(1), "it ends with what it was made of");
    let (code, said) = verify(&text(&rotated, "secret"));
    assert_eq!(code, Some(1));
    assert!(said.contains("revoked"), "{said}");

    let (code, said) = run(at, &server, &["token", "list"], "");
    assert_eq!(code, Some(0));
    assert!(said.contains("from the command line") && said.contains("quickstart"), "{said}");
    let (code, said) = run(at, &server, &["token", "show", &id.replace('0', "1")], "");
    assert_eq!((code, said.lines().count()), (Some(1), 1), "{said}");
    assert!(process.end(Signal::TERM).await.success());

    let (code, said) = run(at, &server, &["token", "list"], "");
    assert_eq!(code, Some(1));
    assert!(said.contains("no server answers"), "{said}");
}

#[tokio::test]
async fn people_and_organizations_are_handled_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let process = Process::start(at, &[], &["quickstart", "--listen", "127.0.0.1:0"]);
    let server = format!("http://{}", process.address().await);
    let ask = |arguments: &[&str]| done(at, &server, arguments);

    let create = ["user", "create", "alice", "--email", "alice@corp.test", "--password-stdin"];
    let (code, said) = run(at, &server, &create, "gray otter on a lamp post\n");
    assert_eq!(code, Some(0), "{said}");
    let mut users = run(at, &server, &["user", "list", "--format", "json"], "").1;
    users.retain(|c| c != '\r');
    let alice: Value = users
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .find(|user: &Value| text(user, "username") == "alice")
        .unwrap();
    let alice = text(&alice, "id");
    let team = text(&ask(&["org", "create", "Workshop"]), "id");
    ask(&["org", "add", &team, &alice, "--role", "editor"]);
    ask(&["org", "role", &team, &alice, "viewer"]);
    let members = run(at, &server, &["org", "members", &team], "").1;
    assert!(
        members.lines().any(|line| line.contains("alice") && line.contains("viewer")),
        "{members}"
    );
    ask(&["org", "remove", &team, &alice]);
    let robot = ask(&["service-account", "create", "robot", "--organization", &team]);
    let issued = ask(&["token", "issue", "--service-account", &text(&robot, "id")]);
    assert!(text(&issued, "secret").starts_with("tkst_"), "{issued}");
    let app = ask(&["app", "create", "shop", "--organization", &team]);
    assert_eq!(text(&ask(&["app", "show", &text(&app, "id")]), "name"), "shop");
    ask(&["user", "disable", &alice]);
    assert!(!text(&ask(&["user", "show", &alice]), "disabled_at").is_empty());
    ask(&["user", "enable", &alice]);
    assert_eq!(text(&ask(&["journal", "list"]), "action"), "user.enable");
    assert!(process.end(Signal::TERM).await.success());
}

#[tokio::test]
async fn the_roll_is_checked_against_heads_from_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let process = Process::start(at, &[], &["quickstart", "--listen", "127.0.0.1:0"]);
    process.address().await;
    let log = process.log.clone();
    let verify = |head: &Path| {
        run(at, "", &["journal", "verify", "--head", &head.display().to_string()], "")
    };
    let (code, said) = run(at, "", &["journal", "verify"], "");
    assert_eq!(code, Some(0), "beside the server: {said}");
    assert!(run(at, "", &["journal", "export"], "").1.contains("installation.found"));
    assert!(process.end(Signal::TERM).await.success());

    let (code, said) = verify(&log);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("whole"), "{said}");
    let (code, exported) = run(at, "", &["journal", "export"], "");
    assert_eq!(code, Some(0));
    assert!(exported.contains("installation.found") && exported.contains("chancery-head:"));

    let forged = at.join("forged");
    let text = std::fs::read_to_string(&log).unwrap().replace("/1.3.", "/1.2.");
    std::fs::write(&forged, text).unwrap();
    let (code, said) = verify(&forged);
    assert_eq!(code, Some(1));
    assert!(said.contains("not ours"), "{said}");
}

#[tokio::test]
async fn the_doctor_finds_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let process = Process::start(at, &[], &["serve", "--listen", "127.0.0.1:0"]);
    let server = format!("http://{}", process.address().await);
    let (code, said) = run(at, &server, &["doctor"], "");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("the server has it open") && said.contains("ready"), "{said}");
    assert!(process.end(Signal::TERM).await.success());

    let (code, said) = run(at, &server, &["doctor"], "");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("the keys fit") && said.contains("none answers"), "{said}");

    std::fs::remove_file(at.join("data/keys.toml")).unwrap();
    let (code, said) = run(at, &server, &["doctor"], "");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.lines().any(|line| line.starts_with("FAULT  key file")), "{said}");
}
