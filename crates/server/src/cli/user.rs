//! `user`: the people of the running server.

use std::process::ExitCode;

use authority::secret::Secret;
use clap::Subcommand;
use serde_json::json;
use uuid::Uuid;

use super::ask::{Wish, ask};
use super::token::from_input;
use super::{Failed, Where};

/// What is shown of a user in a list, for people.
const COLUMNS: &[&str] = &["id", "username", "email", "created_at", "disabled_at"];

/// What is done with users.
#[derive(Subcommand)]
pub(super) enum User {
    /// Make one.
    Create {
        /// Name to log in with.
        username: String,
        /// Mail address.
        #[arg(long)]
        email: Option<String>,
        /// Take the password from standard input. Without one the user can't log in until it is
        /// reset by mail.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Show one.
    Show {
        /// The user's id.
        id: Uuid,
    },
    /// List them.
    List,
    /// Switch one off: nothing that the user holds is good any more.
    Disable {
        /// The user's id.
        id: Uuid,
    },
    /// Switch one on again.
    Enable {
        /// The user's id.
        id: Uuid,
    },
    /// Take the second factor away from one who lost phone and recovery codes.
    ResetSecondFactor {
        /// The user's id.
        id: Uuid,
    },
}

pub(super) fn user(at: &Where, command: &User) -> Result<ExitCode, Failed> {
    let wish = match command {
        User::Create { username, email, password_stdin } => {
            let password = password_stdin.then(from_input).transpose()?;
            let password = password.as_ref().map(Secret::reveal);
            let body = json!({ "username": username, "email": email, "password": password });
            Wish::make("/users".to_owned(), body)
        }
        User::Show { id } => Wish::see(format!("/users/{id}")),
        User::List => Wish::list("/users".to_owned(), COLUMNS),
        User::Disable { id } => Wish::done(format!("/users/{id}/disable"), "switched off"),
        User::Enable { id } => Wish::done(format!("/users/{id}/enable"), "switched on"),
        User::ResetSecondFactor { id } => {
            Wish::done(format!("/users/{id}/second-factor/reset"), "without a second factor now")
        }
    };
    ask(at, wish)
}
