//! The first minute: a token for commands, and lines that can be pasted into a shell as they are.

use authority::account::Login;
use authority::secret::Secret;
use authority::token::Wish;
use authority::{Door, Error};

use super::{Failed, print};
use crate::keys::write_private;
use crate::serve::{First, Server};

/// Where this process itself stands when it logs in.
const HERE: Door = Door { source: std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST) };

/// What lines that can be pasted begin with, and no others.
const INDENT: &str = "    ";
/// Asks for a password, in every shell.
const ASK: &str = "stty -echo; read -r password; stty echo";

/// Says how to use a server that is about to serve.
pub(super) async fn welcome(server: &Server) -> Result<(), Failed> {
    let password = match server.first() {
        Some(first) => begin(server, first).await?,
        None => again(server),
    };
    let username = server.first().map_or(server.config().admin_username.as_str(), |f| &f.username);
    if password.is_none() {
        print::result("In another shell, run this and type the password:\n");
        print::result(&format!("{INDENT}{ASK}\n"));
        print::result("Then log in, list teams, enter the team, issue a token, check it (204),");
        print::result("revoke it, and check it again (401):\n");
    } else {
        print::result("In another shell: log in, list teams, enter the team, issue a token,");
        print::result("check it (204), revoke it, and check it again (401):\n");
    }
    for line in password.into_iter().chain(lines(&base(server), username)) {
        print::result(&format!("{INDENT}{line}"));
    }
    print::result("");
    Ok(())
}

/// After the first start: leaves a token for commands, and says the password if it was made. Gives
/// the line that says it to a shell.
async fn begin(server: &Server, first: &First) -> Result<Option<String>, Failed> {
    let config = server.config();
    let made = first.password.as_ref();
    let path = config.token_file();
    if let Some(password) = made.or(config.admin_password.as_ref()) {
        let token = leave_token(server, &first.username, password).await.map_err(Failed::new)?;
        write_private(&path, format!("{}\n", token.reveal()).as_bytes()).map_err(Failed::new)?;
    }
    let shown = made.map_or_else(
        || "the one that CHANCERY_ADMIN_PASSWORD gave".to_owned(),
        |password| format!("{}   (not shown again)", password.reveal()),
    );
    print::result(&format!("Chancery is set up in {}.\n", config.data.display()));
    print::result(&format!("  administrator   {}", first.username));
    print::result(&format!("  password        {shown}"));
    print::result("  organization    Default");
    print::result(&format!("  token           in {}\n", path.display()));
    Ok(made.map(|password| format!("password='{}'", password.reveal())))
}

fn again(server: &Server) -> Option<String> {
    let data = server.config().data.display();
    print::result(&format!("Chancery is set up in {data}. The administrator's password was shown"));
    print::result("by the first start, or given to it as CHANCERY_ADMIN_PASSWORD.\n");
    None
}

/// Logs in once and issues a personal token that may do all that the administrator may.
async fn leave_token(server: &Server, login: &str, password: &Secret) -> Result<Secret, Error> {
    let login = Login { login, password: password.reveal(), code: None };
    let actor = server.authority().authenticate_password(login, &HERE).await?;
    let wish = Wish { label: Some("quickstart".to_owned()), ..Wish::default() };
    Ok(server.authority().issue(&actor, wish).await?.secret)
}

/// The address to paste: the public one if one was given, else this machine's.
fn base(server: &Server) -> String {
    let config = server.config();
    let mut here = server.address();
    if here.ip().is_unspecified() {
        here.set_ip(HERE.source);
    }
    let scheme = if config.tls().is_some() { "https" } else { "http" };
    config.public_url.clone().unwrap_or_else(|| format!("{scheme}://{here}"))
}

/// Lines for any shell. No comments: some shells don't know them where they are typed.
fn lines(base: &str, username: &str) -> Vec<String> {
    let json = "-H 'Content-Type: application/json'";
    let bearer = |token: &str| format!("-H \"Authorization: Bearer ${token}\"");
    let out = |key: &str| format!("sed -E 's/.*\"{key}\":\"([^\"]*)\".*/\\1/'");
    let username = serde_json::Value::from(username).to_string().replace('\'', r"'\''");
    let login = format!("\"email\":{username},\"password\":\"'\"$password\"'\"");
    let enter = "\"teamId\":\"'\"$team\"'\"";
    let status = "-o /dev/null -w '%{http_code}\\n'";
    let post = format!("curl -sS {base}/v0/auth/login {json}");
    vec![
        format!("login=$({post} -d '{{{login}}}' | {})", out("accessToken")),
        format!("curl -sS {base}/v0/teams {}; echo", bearer("login")),
        format!("team=$(curl -sS {base}/v0/teams {} | {})", bearer("login"), out("id")),
        format!("access=$({post} -d '{{{login},{enter}}}' | {})", out("accessToken")),
        format!("issued=$(curl -sS -X POST '{base}/v0/tokens?name=first' {})", bearer("access")),
        format!("token=$(printf '%s' \"$issued\" | {})", out("token")),
        format!("id=$(printf '%s' \"$issued\" | {})", out("id")),
        format!("curl -sS {status} {base}/check {}", bearer("token")),
        format!("curl -sS -X DELETE {base}/v0/tokens/$id {}", bearer("access")),
        format!("curl -sS {status} {base}/check {}", bearer("token")),
    ]
}
