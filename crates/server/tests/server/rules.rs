//! The gateway's rules: the file that the server reads, and the commands.

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;

use super::support::{Process, chancery, until};

const SHOP: &str = r#"
described_by = ["x-original"]
[[rule]]
paths = ["/health"]
public = true
[[rule]]
hosts = ["api.example.com"]
paths = ["/orders/**"]
permission = "shop.order.get"
audience = "https://api.example.com"
kinds = ["api_key", "access"]
"#;

/// Runs a command; gives its exit code, and what it printed.
fn run(folder: &Path, server: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let told = chancery(folder, &[("CHANCERY_SERVER", server)]).args(arguments).output().unwrap();
    let all = [told.stdout, told.stderr].concat();
    (told.status.code(), String::from_utf8(all).unwrap())
}

#[test]
fn a_file_is_checked_and_explains_requests_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let (at, path) = (folder.path(), folder.path().join("rules.toml"));
    fs::write(&path, SHOP).unwrap();
    let file = path.display().to_string();
    let (code, said) = run(at, "", &["rules", "check", &file]);
    assert_eq!((code, said.as_str()), (Some(0), "the rules are good; there are 2\n"));

    let test = |method: &str, url: &str| {
        run(at, "", &["rules", "test", method, &format!("https://{url}"), "--file", &file])
    };
    let (code, said) = test("GET", "API.example.com:8443/%6frders/7?x");
    assert_eq!(code, Some(0));
    let expected = "it needs a good token with the permission shop.order.get, \
        for the audience https://api.example.com, of the kind api_key or access\n\
        rule 2 is the first that fits\n\
        it is compared as GET api.example.com /orders/7\n";
    assert_eq!(said, expected);
    let (code, said) = test("GET", "else.example/health");
    assert!(code == Some(0) && said.starts_with("it needs nothing"), "{said}");
    let (code, said) = test("GET", "else.example/orders");
    assert!(code == Some(0) && said.starts_with("it is refused\nno rule fits\n"), "{said}");
    let (code, said) = test("GET", "api.example.com/health/../orders");
    assert_eq!(code, Some(2));
    assert!(said.contains("whatever the rules say: the path has a segment . or .."), "{said}");
    let (code, said) = run(at, "", &["rules", "test", "GET", "/health", "--file", &file]);
    assert!(code == Some(1) && said.contains("must be absolute"), "{said}");

    fs::write(&path, SHOP.replace("/health", "/%68ealth").replace("public", "open")).unwrap();
    let (code, said) = run(at, "", &["rules", "check", &file]);
    assert_eq!((code, said.lines().count()), (Some(2), 3), "{said}");
    assert!(said.contains("rule 1, paths: `/%68ealth` is compared as `/health`"), "{said}");
}

#[tokio::test]
async fn a_server_explains_what_its_file_says_and_reads_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let (at, path) = (folder.path(), folder.path().join("rules.toml"));
    fs::write(&path, SHOP).unwrap();
    let file = path.display().to_string();
    let settings = [("CHANCERY_RULES", file.as_str())];
    let process = Process::start(at, &settings, &["quickstart", "--listen", "127.0.0.1:0"]);
    let server = format!("http://{}", process.address().await);
    let told = |url: &str, more: &[&str]| {
        let test = ["rules", "test", "GET", url, "--format", "json"];
        serde_json::from_str::<Value>(&run(at, &server, &[&test, more].concat()).1).unwrap()
    };
    let json = |more: &[&str]| told("https://api.example.com/orders/7", more);
    assert_eq!(json(&[])["rule"], 2);
    for path in ["orders/7", "health", "elsewhere", "health/../orders"] {
        let url = format!("https://api.example.com/{path}");
        assert_eq!(told(&url, &[]), told(&url, &["--file", &file]), "both tell the same");
    }

    fs::write(&path, "nonsense").unwrap();
    process.signal(Signal::HUP);
    let log = || fs::read_to_string(&process.log).unwrap();
    until("the new file is refused", async || log().contains("those before hold")).await;
    assert_eq!(json(&[])["rule"], 2);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let health = client.get(format!("{server}/health/ready")).send().await.unwrap();
    let (status, health) = (health.status(), health.json::<Value>().await.unwrap());
    assert_eq!((status.as_u16(), &health["rules"]), (200, &Value::from("stale")));

    fs::write(&path, SHOP.replacen("/health", "/health/**", 1).replacen("\"/orders", "\"/o", 1))
        .unwrap();
    process.signal(Signal::HUP);
    until("the new file is taken", async || json(&[])["refused"] == "no_rule").await;

    fs::write(&path, SHOP).unwrap();
    until("it is seen to have changed", async || json(&[])["rule"] == 2).await;
    assert!(process.end(Signal::TERM).await.success());
}

#[test]
fn a_server_does_not_start_on_rules_with_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    fs::write(&path, SHOP.replace("/health", "/health;")).unwrap();
    let file = path.display().to_string();
    for (arguments, expected) in [(&["serve"][..], 1), (&["serve", "--check-config"], 2)] {
        let settings = [("CHANCERY_RULES", file.as_str())];
        let told = chancery(folder.path(), &settings).args(arguments).output().unwrap();
        let said = String::from_utf8(told.stderr).unwrap();
        assert_eq!(told.status.code(), Some(expected), "{said}");
        assert!(said.contains("rule 1, paths: `/health;` fits no request"), "{said}");
    }
    assert!(!folder.path().join("data").exists(), "nothing is made by a refused start");
}
