//! What may not be, though each value can be read.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use authority::account::SHORTEST_EVER;
use ipnet::IpNet;
use reqwest::Url;
use tracing_subscriber::EnvFilter;

use super::{Config, Problem};

/// Names and passwords that manuals show; nobody may run with them.
const SAMPLES: &[&str] = &["changeme", "change-me", "example", "replace-me", "your-password-here"];
/// A wider network of trusted proxies than `10.0.0.0/8` or `fc00::/7` is no network of one's own.
const WIDEST_V4: u8 = 8;
/// The same for IPv6.
const WIDEST_V6: u8 = 7;

/// All that is wrong.
pub(super) fn judge(config: &Config) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut unless = |holds: bool, setting: &str, rule: &str| {
        if !holds {
            found.push(Problem::new(setting, rule));
        }
    };
    places(config, &mut unless);
    people(config, &mut unless);
    bounds(config, &mut unless);
    lives(config, &mut unless);
    found.extend(public_url(config));
    found
}

fn places(config: &Config, unless: &mut impl FnMut(bool, &str, &str)) {
    let data = "must be given where neither XDG_DATA_HOME nor HOME is set";
    unless(!config.data.as_os_str().is_empty(), "data", data);
    let pair = config.tls_certificate.is_some() == config.tls_key.is_some();
    unless(pair, "tls_key", "certificate and key come together");
    let apart = |one: SocketAddr, other| other != Some(one) || one.port() == 0;
    unless(
        apart(config.listen, config.operations),
        "operations",
        "must be another address than listen",
    );
    let alone = apart(config.listen, config.grpc)
        && config.operations.is_none_or(|operations| apart(operations, config.grpc));
    unless(alone, "grpc", "must be another address than listen and operations");
    unless(proxies_are_few(config), "trusted_proxies", PROXIES);
    let filter = EnvFilter::builder().parse(&config.log);
    unless(filter.is_ok(), "log", "must be a filter such as info or info,storage=debug");
}

fn people(config: &Config, unless: &mut impl FnMut(bool, &str, &str)) {
    unless(!config.admin_username.trim().is_empty(), "admin_username", "must not be empty");
    unless(!is_sample(config), "admin_password", "must not be one out of a manual");
    let long = config.password_shortest >= SHORTEST_EVER;
    unless(long, "password_shortest", "must be at least 8");
    let memory = (19_456..=4_194_304).contains(&config.hashing_memory);
    unless(memory, "hashing_memory", "must be 19456 to 4194304 KiB");
    let passes = (2..=100).contains(&config.hashing_passes);
    unless(passes, "hashing_passes", "must be 2 to 100");
}

fn bounds(config: &Config, unless: &mut impl FnMut(bool, &str, &str)) {
    let seconds = Duration::from_secs;
    let access = (seconds(10)..=seconds(600)).contains(&config.access_life);
    unless(access, "access_life", "must be 10 s to 10 minutes");
    let lease = (Duration::from_millis(200)..=seconds(10)).contains(&config.lease);
    unless(lease, "lease", "must be 200 ms to 10 s");
    unless(config.header_bytes >= 8_192, "header_bytes", "must be at least 8192");
    unless(config.drain <= seconds(60), "drain", "must be at most 60 s");
    for (setting, count) in [
        ("connections", config.connections),
        ("connections_per_source", config.connections_per_source),
        ("hashing_queue", config.hashing_queue),
        ("largest_body", config.largest_body),
    ] {
        unless(count > 0, setting, "must be at least 1");
    }
}

const PROXIES: &str = "must name the proxies' own networks; one wider than /8 (IPv6: /7) would let \
    strangers say who they are";

fn lives(config: &Config, unless: &mut impl FnMut(bool, &str, &str)) {
    for (setting, life) in [
        ("token_default_life", config.token_default_life),
        ("token_retention", config.token_retention),
        ("session_idle", config.session_idle),
        ("session_life", config.session_life),
        ("session_remembered_idle", config.session_remembered_idle),
        ("session_remembered_life", config.session_remembered_life),
        ("link_life", config.link_life),
    ] {
        unless(life >= Duration::from_secs(60), setting, "must be at least a minute");
    }
    let machines = config.integration_life.0.unwrap_or(Duration::MAX);
    unless(machines >= Duration::from_secs(60), "integration_life", "must be at least a minute");
    let longest = config.token_longest_life.0.unwrap_or(Duration::MAX);
    unless(
        config.token_default_life <= longest,
        "token_default_life",
        "must not go beyond token_longest_life",
    );
}

fn is_sample(config: &Config) -> bool {
    let password = config.admin_password.as_ref().map(|password| password.reveal().to_lowercase());
    password.is_some_and(|password| SAMPLES.contains(&password.as_str()))
}

fn proxies_are_few(config: &Config) -> bool {
    config.trusted_proxies.0.iter().all(|network| match network {
        IpNet::V4(network) => network.prefix_len() >= WIDEST_V4,
        IpNet::V6(network) => network.prefix_len() >= WIDEST_V6,
    })
}

/// The public address must be one, and must not send tokens over a wire in the clear.
fn public_url(config: &Config) -> Option<Problem> {
    let wrong = |rule: &str| Some(Problem::new("public_url", rule));
    if config.public_url.is_none() && config.listen.ip().is_unspecified() {
        return wrong("must be given where listen is not one address");
    }
    let text = config.issuer();
    let Ok(url) = Url::parse(&text) else {
        return wrong("must be an address such as https://tokens.example.org");
    };
    let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if text.ends_with('/') || !bare || url.host_str().is_none() {
        return wrong("must have no user, no ? or #, and no / at its end");
    }
    match url.scheme() {
        "https" => None,
        "http" if is_loopback(&url) || config.public_url_insecure => None,
        "http" => wrong("must begin with https:// off loopback, for tokens travel to it"),
        _ => wrong("must begin with https:// or http://"),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
