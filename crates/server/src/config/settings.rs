//! The settings, one after the other.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use authority::secret::{Brand, Secret};

use super::Problem;
use super::layers::Told;
use super::spelled::{Database, Networks, Open, RateStatus};
use crate::telemetry;

/// One setting, as the manual shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name in a file. In the environment: in capitals, after `CHANCERY_`.
    pub name: &'static str,
    /// What holds where nothing is said.
    pub default: &'static str,
    /// What it decides.
    pub about: &'static str,
}

macro_rules! settings {
    ($($(#[doc = $about:literal])+ $name:ident: $type:ty = $default:literal,)*) => {
        /// What this process was told, after all layers.
        pub struct Config {
            $($(#[doc = $about])+ pub $name: $type,)*
        }

        /// Every setting, in the order of the manual.
        pub const SETTINGS: &[Setting] = &[$(Setting {
            name: stringify!($name),
            default: $default,
            about: concat!($($about),+),
        }),*];

        impl Config {
            /// Reads each setting. All problems are told, not only the first.
            pub(super) fn assemble(told: &mut Told, problems: &mut Vec<Problem>) -> Option<Self> {
                $(let $name = told.take::<$type>(stringify!($name), problems);)*
                Some(Self { $($name: $name?),* })
            }
        }
    };
}

settings! {
    /// The folder that everything is kept in, mode 0700. Default: `$XDG_DATA_HOME/chancery`, else
    /// `~/.local/share/chancery`.
    data: PathBuf = "",
    /// Address and port to serve on. Loopback unless told otherwise.
    listen: SocketAddr = "127.0.0.1:8700",
    /// A second address and port for `/health/…` and `/metrics`. Without one they are on the main
    /// one, for loopback and trusted proxies only.
    operations: Option<SocketAddr> = "none",
    /// An address and port for Envoy, which asks over gRPC there (HTTP/2 alone).
    grpc: Option<SocketAddr> = "none",
    /// `sqlite`, a file in the data folder, or `postgres://USER:PASSWORD@HOST:PORT/NAME`.
    database: Database = "sqlite",
    /// The key file. Default: `keys.toml` in the data folder. All nodes on one database share one.
    keys: Option<PathBuf> = "",
    /// The address that clients know, without a slash at its end: issuer of access tokens, and
    /// where mailed links lead. Default: `http://` or `https://` and `listen`.
    public_url: Option<String> = "",
    /// Allow a `public_url` of `http://` off loopback.
    public_url_insecure: bool = "false",
    /// What every secret begins with: 2 to 8 lower-case letters. Tokens of another brand are no
    /// good any more.
    brand: Brand = "tk",
    /// Networks of proxies whose word about a client's address is taken. They also say what a request needs
    /// and which one it is, and ask over gRPC; nobody else does.
    trusted_proxies: Networks = "127.0.0.0/8, ::1/128",
    /// What a gateway is answered about a token whose rate is used up: 403, or 429 for gateways that take it.
    check_rate_status: RateStatus = "403",
    /// File with the gateway's rules (TOML). It is read again on SIGHUP and when it has changed.
    rules: Option<PathBuf> = "none",
    /// PEM file with the certificate and its chain; with `tls_key`, `listen` and `grpc` speak TLS only.
    tls_certificate: Option<PathBuf> = "none",
    /// PEM file with the certificate's private key, for its owner only.
    tls_key: Option<PathBuf> = "none",
    /// First administrator of an empty database: name to log in with.
    admin_username: String = "admin",
    /// First administrator of an empty database: mail address.
    admin_email: Option<String> = "none",
    /// First administrator of an empty database: password. Without one, one is made and printed
    /// once.
    admin_password: Option<Secret> = "",
    /// Whether strangers may register.
    registration: bool = "true",
    /// Characters in the shortest password; at least 8.
    password_shortest: usize = "15",
    /// Passwords hashed at the same time, each taking `hashing_memory` and a core for some 20 ms.
    /// 0: half of the cores.
    hashing: usize = "0",
    /// Memory for hashing one password with Argon2id, in KiB; at least 19456. A login renews a hash
    /// of another cost.
    hashing_memory: u32 = "19456",
    /// Argon2id's passes over that memory; at least 2.
    hashing_passes: u32 = "2",
    /// Log-ins that may wait for that; more get 503.
    hashing_queue: usize = "64",
    /// Life of an access token; at most 10 minutes.
    access_life: Duration = "120s",
    /// Life of a token that asks for none.
    token_default_life: Duration = "365d",
    /// The longest life of a token; `none` allows any, "never" included.
    token_longest_life: Open<Duration> = "366d",
    /// Life of tokens that are made on Applivery's face; `none` lets them live until they are revoked.
    integration_life: Open<Duration> = "none",
    /// Live tokens that one holder may have; `none` allows any number.
    tokens_per_holder: Open<u32> = "1000",
    /// How long a revoked or expired token is kept on the roll.
    token_retention: Duration = "90d",
    /// Without a refresh for so long, a session is over.
    session_idle: Duration = "1d",
    /// The end of a session, whatever happens.
    session_life: Duration = "7d",
    /// As `session_idle`, for users who asked to be remembered.
    session_remembered_idle: Duration = "30d",
    /// As `session_life`, for users who asked to be remembered.
    session_remembered_life: Duration = "180d",
    /// For how long a refresh whose answer was lost may be repeated.
    session_lost_answer: Duration = "30s",
    /// AWX's face, until a superuser sets another: seconds that a person's token lives; never longer
    /// than `token_longest_life`. AWX's own default is 31536000000, a thousand years.
    awx_access_token_seconds: u64 = "31622400",
    /// As above, for authorization codes.
    awx_authorization_code_seconds: u64 = "600",
    /// As above, for refresh tokens that are not used.
    awx_refresh_token_seconds: u64 = "2628000",
    /// Whether OAuth 2 clients that were made for it may send users' passwords. RFC 9700 advises
    /// against it.
    awx_password_grant: bool = "true",
    /// Whether public OAuth 2 clients may ask for codes without a challenge (PKCE). RFC 9700 forbids
    /// it.
    awx_pkce_optional: bool = "false",
    /// How long a mailed link to reset a password is good; one to confirm an address, 24 times as
    /// long.
    link_life: Duration = "1h",
    /// How long a node may answer from memory after it last asked for changes: 200 ms to 10 s.
    lease: Duration = "500ms",
    /// Tokens that are remembered.
    memory_known: usize = "1000000",
    /// Secrets that are remembered as unknown.
    memory_unknown: usize = "100000",
    /// Services that may wait at once for what is forgotten (`/authority/v1/feed`); more are answered
    /// without waiting.
    feed_polls: usize = "1024",
    /// Where letters go: `file:DIR`, `smtp://[USER:PASSWORD@]HOST[:PORT]`, `smtps://…` or `none`.
    /// Default: `file:` and `mail` in the data folder.
    mail: String = "",
    /// In whose name letters are sent.
    mail_from: String = "Chancery <chancery@localhost>",
    /// What is logged: `info`, or finer: `info,storage=debug`. `info,server::request=debug` logs
    /// every request by its route.
    log: String = "info",
    /// `text` or `json`.
    log_format: telemetry::Format = "text",
    /// Connections at once.
    connections: usize = "10000",
    /// Connections at once from one IPv4 address or one IPv6 /64 network.
    connections_per_source: usize = "5000",
    /// Time for the headers of a request.
    header_deadline: Duration = "10s",
    /// Time from an answer to the next request.
    idle_deadline: Duration = "75s",
    /// How long a body, or an answer on its way out, may make no progress.
    body_deadline: Duration = "30s",
    /// Time for a TLS handshake.
    handshake_deadline: Duration = "5s",
    /// Bytes of request line and headers; at least 8192.
    header_bytes: usize = "32768",
    /// Bytes of a request's body, where a route doesn't say otherwise.
    largest_body: usize = "65536",
    /// Time between "not ready" and the last accepted connection when stopping, for balancers that
    /// ask for readiness only now and then.
    drain: Duration = "0s",
}
