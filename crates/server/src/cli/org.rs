//! `org`: the organizations of the running server.

use std::process::ExitCode;

use clap::Subcommand;
use reqwest::Method;
use serde_json::json;

use super::ask::{Wish, ask};
use super::{Failed, Where};

/// What is shown of an organization in a list, for people.
const COLUMNS: &[&str] = &["id", "name", "created_at", "suspended_at"];
/// What is shown of a member in a list, for people.
const MEMBERS: &[&str] = &["user", "username", "role"];

/// What is done with organizations.
#[derive(Subcommand)]
pub(super) enum Org {
    /// Found one, and own it.
    Create {
        /// What to call it.
        name: String,
    },
    /// List them.
    List,
    /// Show one.
    Show {
        /// Its id.
        id: String,
    },
    /// List who is in one.
    Members {
        /// Its id.
        id: String,
    },
    /// Take a user in, or change a member's role.
    Add {
        /// Its id.
        id: String,
        /// The user's id.
        user: String,
        /// `owner`, `admin`, `editor`, `viewer`, `auditor` or `unassigned`.
        #[arg(long, default_value = "viewer")]
        role: String,
    },
    /// Send a member away.
    Remove {
        /// Its id.
        id: String,
        /// The user's id.
        user: String,
    },
}

pub(super) fn org(at: &Where, command: &Org) -> Result<ExitCode, Failed> {
    let member = |id: &str, user: &str| format!("/organizations/{id}/members/{user}");
    let wish = match command {
        Org::Create { name } => Wish::make("/organizations".to_owned(), json!({ "name": name })),
        Org::List => Wish::list("/organizations".to_owned(), COLUMNS),
        Org::Show { id } => Wish::see(format!("/organizations/{id}")),
        Org::Members { id } => Wish::list(format!("/organizations/{id}/members"), MEMBERS),
        Org::Add { id, user, role } => {
            let body = Some(json!({ "role": role }));
            Wish::act(Method::PUT, member(id, user), body, "the user is a member")
        }
        Org::Remove { id, user } => {
            Wish::act(Method::DELETE, member(id, user), None, "the user is no member any more")
        }
    };
    ask(at, wish)
}
