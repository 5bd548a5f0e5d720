//! `app` and `service-account`: who else holds tokens on the running server.

use std::process::ExitCode;

use clap::Subcommand;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::ask::{Wish, ask};
use super::{Failed, Where};

/// What is shown of an application in a list, for people.
const APPLICATIONS: &[&str] = &["id", "slug", "name", "created_at", "archived_at"];
/// What is shown of a service account in a list, for people.
const ACCOUNTS: &[&str] = &["id", "name", "role", "created_at", "disabled_at"];

/// What is done with applications.
#[derive(Subcommand)]
pub(super) enum App {
    /// Make one.
    Create {
        /// What to call it.
        name: String,
        /// The id of the organization that it belongs to.
        #[arg(long, value_name = "ID")]
        organization: Uuid,
        /// Its short name in addresses; made of the name if none is given.
        #[arg(long)]
        slug: Option<String>,
    },
    /// List those of an organization.
    List {
        /// The organization's id.
        #[arg(long, value_name = "ID")]
        organization: Uuid,
    },
    /// Show one.
    Show {
        /// Its id.
        id: Uuid,
    },
    /// Put one away: nothing that it holds is good any more.
    Archive {
        /// Its id.
        id: Uuid,
    },
}

/// What is done with service accounts.
#[derive(Subcommand)]
pub(super) enum ServiceAccount {
    /// Make one. `token issue --service-account` gives it a token.
    Create {
        /// What to call it.
        name: String,
        /// The id of the organization that it belongs to.
        #[arg(long, value_name = "ID")]
        organization: Uuid,
        /// `owner`, `admin`, `editor`, `viewer`, `auditor` or `unassigned`.
        #[arg(long, default_value = "viewer")]
        role: String,
    },
    /// List those of an organization.
    List {
        /// The organization's id.
        #[arg(long, value_name = "ID")]
        organization: Uuid,
    },
    /// Switch one off: nothing that it holds is good any more.
    Disable {
        /// Its id.
        id: Uuid,
    },
    /// Switch one on again.
    Enable {
        /// Its id.
        id: Uuid,
    },
    /// Delete one, with all that it holds, for ever.
    Delete {
        /// Its id.
        id: Uuid,
    },
}

pub(super) fn app(at: &Where, command: &App) -> Result<ExitCode, Failed> {
    let wish = match command {
        App::Create { name, organization, slug } => {
            let body = json!({ "name": name, "organization": organization, "slug": slug });
            Wish::make("/applications".to_owned(), body)
        }
        App::List { organization } => {
            Wish::list(format!("/applications?organization={organization}"), APPLICATIONS)
        }
        App::Show { id } => Wish::see(format!("/applications/{id}")),
        App::Archive { id } => Wish::done(format!("/applications/{id}/archive"), "put away"),
    };
    ask(at, wish)
}

pub(super) fn service_account(at: &Where, command: &ServiceAccount) -> Result<ExitCode, Failed> {
    let switch = |id: &Uuid, disabled: bool, done| {
        let body = Some(json!({ "disabled": disabled }));
        Wish::act(Method::PATCH, format!("/service-accounts/{id}"), body, done)
    };
    let wish = match command {
        ServiceAccount::Create { name, organization, role } => {
            let body = json!({ "name": name, "organization": organization, "role": role });
            Wish::make("/service-accounts".to_owned(), body)
        }
        ServiceAccount::List { organization } => {
            Wish::list(format!("/service-accounts?organization={organization}"), ACCOUNTS)
        }
        ServiceAccount::Disable { id } => switch(id, true, "switched off"),
        ServiceAccount::Enable { id } => switch(id, false, "switched on"),
        ServiceAccount::Delete { id } => {
            let path = format!("/service-accounts/{id}");
            Wish::act(Method::DELETE, path, None, "deleted")
        }
    };
    ask(at, wish)
}
