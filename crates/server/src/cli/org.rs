//! `org`: the organizations of the running server.

use std::process::ExitCode;

use clap::Subcommand;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::ask::{Wish, ask};
use super::{Failed, Where};

/// What is shown of an organization in a list, for people.
const COLUMNS: &[&str] = &["id", "slug", "name", "created_at", "suspended_at"];
/// What is shown of a member in a list, for people.
const MEMBERS: &[&str] = &["user", "username", "role"];

/// What is done with organizations.
#[derive(Subcommand)]
pub(super) enum Org {
    /// Found one, and own it.
    Create {
        /// What to call it.
        name: String,
        /// Its short name in addresses; made of the name if none is given.
        #[arg(long)]
        slug: Option<String>,
    },
    /// List one's own.
    List {
        /// All there are.
        #[arg(long)]
        all: bool,
    },
    /// Show one.
    Show {
        /// Its id.
        id: Uuid,
    },
    /// List who is in one.
    Members {
        /// Its id.
        id: Uuid,
    },
    /// Take a user in.
    Add {
        /// Its id.
        id: Uuid,
        /// The user's id or mail address.
        user: String,
        /// `owner`, `admin`, `editor`, `viewer`, `auditor` or `unassigned`.
        #[arg(long, default_value = "viewer")]
        role: String,
    },
    /// Give a member another role.
    Role {
        /// Its id.
        id: Uuid,
        /// The user's id.
        user: Uuid,
        /// `owner`, `admin`, `editor`, `viewer`, `auditor` or `unassigned`.
        role: String,
    },
    /// Suspend one: nothing that is bound to it is good until it is resumed.
    Suspend {
        /// Its id.
        id: Uuid,
    },
    /// Resume one that was suspended.
    Resume {
        /// Its id.
        id: Uuid,
    },
    /// End all tokens and logins of one, at once and for ever.
    EndTokens {
        /// Its id.
        id: Uuid,
    },
    /// Send a member away.
    Remove {
        /// Its id.
        id: Uuid,
        /// The user's id.
        user: Uuid,
    },
}

pub(super) fn org(at: &Where, command: &Org) -> Result<ExitCode, Failed> {
    let member = |id: &Uuid, user: &Uuid| format!("/organizations/{id}/members/{user}");
    let wish = match command {
        Org::Create { name, slug } => {
            Wish::make("/organizations".to_owned(), json!({ "name": name, "slug": slug }))
        }
        Org::List { all } => Wish::list(format!("/organizations?all={all}"), COLUMNS),
        Org::Show { id } => Wish::see(format!("/organizations/{id}")),
        Org::Members { id } => Wish::list(format!("/organizations/{id}/members"), MEMBERS),
        Org::Add { id, user, role } => {
            let by = if user.contains('@') { "email" } else { "user" };
            Wish::make(format!("/organizations/{id}/members"), json!({ by: user, "role": role }))
        }
        Org::Role { id, user, role } => {
            let body = Some(json!({ "role": role }));
            Wish::act(Method::PATCH, member(id, user), body, "the member has this role now")
        }
        Org::Suspend { id } => Wish::done(format!("/organizations/{id}/suspend"), "suspended"),
        Org::Resume { id } => Wish::done(format!("/organizations/{id}/resume"), "resumed"),
        Org::EndTokens { id } => {
            Wish::done(format!("/organizations/{id}/end-tokens"), "its tokens are dead")
        }
        Org::Remove { id, user } => {
            Wish::act(Method::DELETE, member(id, user), None, "the user is no member any more")
        }
    };
    ask(at, wish)
}
