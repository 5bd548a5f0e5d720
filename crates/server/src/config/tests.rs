//! What is read, what wins, and what is refused.

use std::time::Duration;

use super::*;

const HOME: (&str, &str) = ("HOME", "/home/alice");

/// Reads settings out of a file, an environment and flags.
fn read(
    file: &str,
    environment: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Config, Vec<String>> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let environment: Vec<_> = environment.iter().chain([&HOME]).map(owned).collect();
    let flags: Vec<_> = flags.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let sources = Sources { file: Some(file), environment: &environment, flags: &flags };
    Config::read(&sources).map_err(|found| found.iter().map(ToString::to_string).collect())
}

/// What is wrong with settings in the environment.
fn wrong(environment: &[(&str, &str)]) -> Vec<String> {
    read("", environment, &[]).err().unwrap_or_default()
}

#[test]
fn nothing_has_to_be_said() {
    let config = read("", &[], &[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8700");
    assert_eq!(config.data.to_str(), Some("/home/alice/.local/share/chancery"));
    assert_eq!(config.issuer(), "http://127.0.0.1:8700");
    assert_eq!(config.post_office(), "file:/home/alice/.local/share/chancery/mail");
    let policy = authority::Policy::default();
    let hashing = config.policy().logins.hashing;
    let logins = authority::LoginPolicy { hashing, ..policy.logins.clone() };
    assert_eq!(config.policy(), authority::Policy { logins, ..policy });
}

#[test]
fn a_flag_beats_the_environment_and_that_the_file() {
    let file = "listen = '127.0.0.1:1'\nlease = '300ms'\nbrand = 'ab'";
    let environment = [("CHANCERY_LISTEN", "127.0.0.1:2"), ("CHANCERY_LEASE", "400ms")];
    let config = read(file, &environment, &[("listen", "127.0.0.1:3")]).unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.lease, Duration::from_millis(400));
    assert_eq!(config.brand.as_str(), "ab");
}

#[test]
fn a_value_may_look_like_a_number_and_be_a_text() {
    let environment = [("CHANCERY_ADMIN_PASSWORD", "123456789012345"), ("CHANCERY_LEASE", "1s")];
    let config = read("password_shortest = 8\nregistration = false", &environment, &[]).unwrap();
    assert_eq!(config.admin_password.unwrap().reveal(), "123456789012345");
    assert_eq!((config.password_shortest, config.registration), (8, false));
}

#[test]
fn bounds_may_be_lifted_where_that_makes_sense() {
    let lifted = [("CHANCERY_TOKEN_LONGEST_LIFE", "none"), ("CHANCERY_TOKENS_PER_HOLDER", "none")];
    let policy = read("", &lifted, &[]).unwrap().policy();
    assert_eq!((policy.tokens.longest_life, policy.tokens.most_per_holder), (None, None));
    assert!(!wrong(&[("CHANCERY_LEASE", "none")]).is_empty());
}

#[test]
fn proxies_are_a_list_in_a_file_and_words_in_the_environment() {
    let file = read("trusted_proxies = ['10.1.0.0/16', '192.0.2.7']", &[], &[]).unwrap();
    let words = [("CHANCERY_TRUSTED_PROXIES", "10.1.0.0/16,192.0.2.7")];
    assert_eq!(file.trusted_proxies, read("", &words, &[]).unwrap().trusted_proxies);
    assert!(file.trusted().include("192.0.2.7".parse().unwrap()));
    assert!(!file.trusted().include("192.0.2.8".parse().unwrap()));
}

#[test]
fn whoever_trusts_everybody_is_refused() {
    for wide in ["0.0.0.0/0", "::/0", "127.0.0.0/8, 0.0.0.0/1", "*"] {
        let found = wrong(&[("CHANCERY_TRUSTED_PROXIES", wide)]);
        assert_eq!(found.len(), 1, "{wide}: {found:?}");
        assert!(found[0].starts_with("trusted_proxies (CHANCERY_TRUSTED_PROXIES): "), "{found:?}");
    }
}

#[test]
fn two_listeners_are_never_at_one_address() {
    let at = |listen, grpc, operations| {
        let said = [("LISTEN", listen), ("GRPC", grpc), ("OPERATIONS", operations)];
        let said = said.map(|(name, value)| (format!("CHANCERY_{name}"), value));
        wrong(&said.each_ref().map(|(name, value)| (name.as_str(), *value)))
    };
    let (one, two, three, any) = ("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:0");
    for good in [(one, two, three), (one, "none", two), (one, two, "none"), (any, any, any)] {
        assert_eq!(at(good.0, good.1, good.2), Vec::<String>::new(), "{good:?}");
    }
    assert!(at(one, two, one)[0].starts_with("operations (CHANCERY_OPERATIONS): "));
    for (grpc, operations) in [(one, two), (two, two), (one, "none")] {
        let found = at(one, grpc, operations);
        assert_eq!(
            found,
            ["grpc (CHANCERY_GRPC): must be another address than listen and operations"]
        );
    }
}

#[test]
fn tokens_travel_in_the_clear_on_loopback_only() {
    let url = |url| wrong(&[("CHANCERY_PUBLIC_URL", url)]);
    for good in ["https://t.example", "http://localhost:1", "http://[::1]:1", "https://t.example/a"]
    {
        assert_eq!(url(good), Vec::<String>::new(), "{good}");
    }
    for bad in [
        "http://t.example",
        "t.example",
        "https://t.example/",
        "https://a@t.example",
        "ftp://t.example",
    ] {
        assert_eq!(url(bad).len(), 1, "{bad}");
    }
    let forced =
        [("CHANCERY_PUBLIC_URL", "http://t.example"), ("CHANCERY_PUBLIC_URL_INSECURE", "true")];
    assert_eq!(wrong(&forced), Vec::<String>::new());
    assert_eq!(
        wrong(&[("CHANCERY_LISTEN", "0.0.0.0:8700")]),
        ["public_url: must be given where listen is not one address"]
    );
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let environment = [
        ("CHANCERY_LISTEN", "here"),
        ("CHANCERY_PASSWORD_SHORTEST", "7"),
        ("CHANCERY_LEASE", "1 hour"),
    ];
    let found = read("colour = 'red'\n[table]\nx = 1", &environment, &[]).err().unwrap();
    let settings = ["listen (CHANCERY_LISTEN)", "lease (CHANCERY_LEASE)", "colour", "table"];
    for setting in settings {
        assert!(found.iter().any(|line| line.starts_with(setting)), "{setting}: {found:?}");
    }
    assert_eq!(found.len(), settings.len(), "{found:?}");
    assert_eq!(
        wrong(&[("CHANCERY_PASSWORD_SHORTEST", "7")]),
        ["password_shortest (CHANCERY_PASSWORD_SHORTEST): must be at least 8"]
    );
}

#[test]
fn a_used_up_rate_is_403_or_429_and_nothing_else() {
    for (text, status) in [("403", 403), ("429", 429)] {
        let config = read(&format!("check_rate_status = {text}"), &[], &[]).unwrap();
        assert_eq!(config.check_rate_status.status(), status);
    }
    for text in ["404", "0429", "too many"] {
        assert_eq!(
            wrong(&[("CHANCERY_CHECK_RATE_STATUS", text)]),
            ["check_rate_status (CHANCERY_CHECK_RATE_STATUS): must be 403 or 429"]
        );
    }
}

#[test]
fn what_is_told_never_repeats_a_value() {
    let canary = "canary7canary7";
    let said: Vec<(String, String)> = SETTINGS
        .iter()
        .map(|s| (format!("CHANCERY_{}", s.name.to_uppercase()), canary.into()))
        .collect();
    let said: Vec<(&str, &str)> = said.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let mut found = wrong(&said);
    found.extend(read(&format!("database = \"{canary}"), &[], &[]).err().unwrap());
    found.extend(read(&format!("[database]\nx = \"{canary}\""), &[], &[]).err().unwrap());
    assert!(found.len() > 20, "{found:?}");
    assert!(!found.iter().any(|line| line.contains(canary)), "{found:?}");
}

#[test]
fn names_that_are_no_settings_are_noted() {
    let environment = [("CHANCERY_LISTN", "x"), ("CHANCERY_TOKEN", "x"), ("PATH", "x")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(notes(&environment), ["CHANCERY_LISTN is no setting and is ignored"]);
}

#[test]
fn the_manual_shows_every_setting_as_it_is() {
    let manual = include_str!("../../../../docs/OPERATIONS.md");
    let row = |setting: &Setting| {
        let about = setting.about.trim().replace("  ", " ");
        let default =
            if setting.default.is_empty() { "" } else { &format!("`{}`", setting.default) };
        format!("| `{}` | {default} | {about} |", setting.name).replace("|  |", "| |")
    };
    let rows: Vec<String> = SETTINGS.iter().map(row).collect();
    let missing: Vec<&String> = rows.iter().filter(|row| !manual.contains(*row)).collect();
    assert!(missing.is_empty(), "docs/OPERATIONS.md lacks:\n{}", rows.join("\n"));
}
