//! As whom clients act: people who register, follow the mailed link, and make a token for later.
//! Each founds an organization of their own by it, so nobody may see anything of another.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::api;
use crate::clients::Client;
use crate::clock::pause;
use crate::pool::{Identity, Wish};
use crate::server;
use crate::wire::{Ask, Wire};

/// For tests only.
const PASSWORD: &str = "correct horse battery staple";

/// Registers somebody, and gets a token in their name.
///
/// # Errors
///
/// If the server does anything else than what it should on a quiet day.
pub async fn invite(
    number: usize,
    client: &mut Client,
    wire: &mut Wire,
    letters: &Path,
) -> io::Result<Identity> {
    let email = format!("person-{number}@trials.test");
    wire.connect().await?;
    let reply = wire.ask(api::register(&email, PASSWORD)).await.map_err(io::Error::other)?;
    if !reply.status.is_success() {
        return Err(io::Error::other(format!("registering was answered with {}", reply.status)));
    }
    let link = mailed_link(letters, &email).await?;
    let (user, access) = enter(&email, true, client, api::confirm(&link)).await?;
    let issued = client.issue_by(&access, &user, &key_wish(&email)).await;
    let key = issued.and_then(|told| told.given).ok_or_else(|| io::Error::other("no token"))?;
    Ok(Identity { user, email, password: PASSWORD.to_owned(), key: key.secret })
}

/// A token with which the first administrator sees the whole installation.
///
/// # Errors
///
/// As [`invite`].
pub async fn administrator(client: &mut Client) -> io::Result<String> {
    let (name, password) = ("admin", server::PASSWORD);
    let (user, _) = enter(name, false, client, api::log_in(name, password)).await?;
    let wish = key_wish(name);
    let ask = api::issue_personal(name, password, &wish.label);
    let issued = client.issue_as(&user, &wish, ask).await;
    let key = issued.and_then(|told| told.given).ok_or_else(|| io::Error::other("no token"))?;
    Ok(key.secret)
}

fn key_wish(name: &str) -> Wish {
    Wish { label: format!("key-of-{name}"), owner: 0, once: false, scope: "*", expires: None }
}

/// Opens a session. Gives the user and the access token.
async fn enter(
    name: &str,
    link: bool,
    client: &mut Client,
    ask: Ask,
) -> io::Result<(String, String)> {
    let opened = client.open(name, link, ask).await;
    let pair = opened.and_then(|told| told.given).ok_or_else(|| io::Error::other("no session"))?;
    Ok((pair.user, pair.access))
}

/// The secret of the link in the letter to `email`.
async fn mailed_link(letters: &Path, email: &str) -> io::Result<String> {
    for _ in 0..1_000 {
        let found = fs::read_dir(letters).into_iter().flatten().flatten().find_map(|file| {
            let text = legible(&fs::read_to_string(file.path()).ok()?);
            let (_, rest) = text.contains(email).then(|| text.split_once("#token="))??;
            rest.split_whitespace().next().map(str::to_owned)
        });
        if let Some(link) = found {
            return Ok(link);
        }
        pause(Duration::from_millis(10)).await;
    }
    Err(io::Error::other(format!("no letter to {email} came")))
}

/// Quoted-printable (RFC 2045, section 6.7), as far as a letter in plain ASCII needs it.
fn legible(letter: &str) -> String {
    letter.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=")
}
