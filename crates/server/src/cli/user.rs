//! `user`: the people of the running server.

use std::process::ExitCode;

use clap::Subcommand;
use reqwest::Method;
use serde_json::json;

use super::ask::{Wish, ask};
use super::token::from_input;
use super::{Failed, Where};

/// What is shown of a user in a list, for people.
const COLUMNS: &[&str] = &["id", "username", "email", "created_at", "disabled_at"];

/// What is done with users.
#[derive(Subcommand)]
pub(super) enum User {
    /// Make one. The password comes on standard input.
    Create {
        /// Name to log in with.
        username: String,
        /// Mail address.
        #[arg(long)]
        email: Option<String>,
    },
    /// Show one.
    Show {
        /// The user's id.
        id: String,
    },
    /// List them.
    List,
    /// Switch one off: nothing that the user holds is good any more.
    Disable {
        /// The user's id.
        id: String,
    },
    /// Switch one on again.
    Enable {
        /// The user's id.
        id: String,
    },
}

pub(super) fn user(at: &Where, command: &User) -> Result<ExitCode, Failed> {
    let switch = |id: &str, disabled: bool, done| {
        let body = json!({ "disabled": disabled });
        Wish::act(Method::PATCH, format!("/users/{id}"), Some(body), done)
    };
    let wish = match command {
        User::Create { username, email } => {
            let body = json!({ "username": username, "email": email, "password": from_input()? });
            Wish::make("/users".to_owned(), body)
        }
        User::Show { id } => Wish::see(format!("/users/{id}")),
        User::List => Wish::list("/users".to_owned(), COLUMNS),
        User::Disable { id } => switch(id, true, "the user is switched off"),
        User::Enable { id } => switch(id, false, "the user is switched on"),
    };
    ask(at, wish)
}
