//! What carries a letter: a folder, or an SMTP server.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    net::IpAddr,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use authority::account::Letter;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor, message::Mailbox,
    transport::smtp,
};
use reqwest::Url;

use super::message::{Unfit, compose};

/// How long one exchange with a mail server may take.
const EXCHANGE: Duration = Duration::from_secs(20);

/// A setting that can't be used, in words that hold no password.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// The setting is none of the forms known.
    #[error(
        "mail is set by `file:DIR`, `smtp://[USER:PASSWORD@]HOST[:PORT]`, `smtps://…` or `none`"
    )]
    Form,
    /// The part after `tls=` is unknown.
    #[error("`tls=` is one of `none`, `opportunistic` and `required`")]
    Tls,
    /// The sender can't be read.
    #[error("the sender of mail is not an address")]
    Sender,
    /// The folder can't be made.
    #[error("the folder for mail can't be made")]
    Folder(#[source] io::Error),
}

/// Why a letter did not go.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("no mail is set up")]
    Nowhere,
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error("the file can't be written: {0}")]
    File(#[from] io::Error),
    /// Only the code, for the words of a server may quote the letter.
    #[error("the mail server answered {0}")]
    Refused(smtp::response::Code),
    #[error("the mail server can't be reached: {0}")]
    Unreachable(smtp::Error),
}

impl Failure {
    /// Whether another attempt may fare better.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Nowhere | Self::Unfit(_) => false,
            Self::File(_) | Self::Unreachable(_) => true,
            Self::Refused(code) => {
                code.severity == smtp::response::Severity::TransientNegativeCompletion
            }
        }
    }
}

impl From<smtp::Error> for Failure {
    fn from(error: smtp::Error) -> Self {
        match error.status() {
            Some(code) => Self::Refused(code),
            None => Self::Unreachable(error),
        }
    }
}

/// What carries letters, and in whose name.
pub(super) struct Carrier {
    sender: Mailbox,
    way: Way,
}

enum Way {
    Nowhere,
    Folder(PathBuf),
    Server(AsyncSmtpTransport<Tokio1Executor>),
}

impl Carrier {
    pub(super) fn from_setting(setting: &str, sender: &str) -> Result<Self, SettingError> {
        let sender = sender.parse().map_err(|_| SettingError::Sender)?;
        let way = match setting.split_once(':') {
            None if setting == "none" || setting.is_empty() => Way::Nowhere,
            Some(("file", folder)) if !folder.is_empty() => Way::Folder(made(folder)?),
            Some(("smtp" | "smtps", _)) => Way::Server(server(setting)?),
            _ => return Err(SettingError::Form),
        };
        Ok(Self { sender, way })
    }

    pub(super) async fn carry(&self, letter: &Letter) -> Result<(), Failure> {
        match &self.way {
            Way::Nowhere => Err(Failure::Nowhere),
            Way::Folder(folder) => {
                let (folder, message) = (folder.clone(), compose(letter, &self.sender)?);
                let written = tokio::task::spawn_blocking(move || lay_down(&folder, &message));
                Ok(written.await.map_err(io::Error::other)??)
            }
            Way::Server(server) => {
                server.send(compose(letter, &self.sender)?).await?;
                Ok(())
            }
        }
    }
}

/// The folder, readable by its owner alone if it is new.
fn made(folder: &str) -> Result<PathBuf, SettingError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(SettingError::Folder)?;
    Ok(PathBuf::from(folder))
}

/// The server of an SMTP address.
///
/// Without `?tls=…`, a password travels only under TLS, a server on this machine is spoken to in the
/// clear, and any other is asked for TLS but may have none.
fn server(setting: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, SettingError> {
    let mut url = Url::parse(setting).map_err(|_| SettingError::Form)?;
    let host = url.host_str().ok_or(SettingError::Form)?;
    let asked = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value);
    let tls = match asked.as_deref() {
        Some("none") => None,
        Some("opportunistic") => Some("tls=opportunistic"),
        Some("required") => Some("tls=required"),
        Some(_) => return Err(SettingError::Tls),
        None if url.password().is_some() => Some("tls=required"),
        None if on_this_machine(host) => None,
        None => Some("tls=opportunistic"),
    };
    url.set_query(tls);
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str())
        .map_err(|_| SettingError::Form)?;
    Ok(builder.timeout(Some(EXCHANGE)).build())
}

fn on_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Writes a message as the next free number in the folder, so that whoever lists it sees whole letters
/// in the order in which they came.
fn lay_down(folder: &Path, message: &Message) -> io::Result<()> {
    let writer = (std::process::id(), std::thread::current().id());
    let unfinished = folder.join(format!(".{}-{:?}.part", writer.0, writer.1));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(&message.formatted())?;
    drop(file);
    let taken = |name: &Path| match fs::hard_link(&unfinished, name) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => None,
        other => Some(other),
    };
    let first = fs::read_dir(folder)?.count();
    let laid = (first..).find_map(|number| taken(&folder.join(format!("{number:06}.eml"))));
    fs::remove_file(&unfinished)?;
    laid.unwrap_or(Ok(()))
}
