//! Permissions and the roles that hold them: one table.
//!
//! A permission is one dotted verb, `<area>.<entity>.<verb>`. The area `authority` is Chancery's
//! own; every other area belongs to the services behind it, whose permissions need no registering:
//! reading verbs are held from `viewer` up, all others from `editor` up.
//!
//! **Invariant**: which role may do what is decided in [`Role::holds`] and nowhere else.

use std::borrow::Cow;
use std::fmt;

/// The longest permission, in bytes.
pub const LONGEST_PERMISSION: usize = 96;

/// One dotted verb, such as `authority.token.create`: two to six parts of lower-case letters,
/// digits and `_`, beginning with a letter, at most [`LONGEST_PERMISSION`] bytes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Permission(Cow<'static, str>);

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal, from $role:ident;)*) => {
        impl Permission {
            $($(#[$doc])* pub const $name: Self = Self(Cow::Borrowed($text));)*
        }

        /// The lowest of the ranked roles that holds each of the permissions that the core asks for.
        const OWN: &[(&str, Role)] = &[$(($text, Role::$role)),*];
    };
}

permissions! {
    /// See one's own account, sessions and organizations.
    SELF_READ = "authority.self.get", from Unassigned;
    /// Change one's own account, password and sessions; found an organization.
    SELF_UPDATE = "authority.self.update", from Unassigned;
    /// See an organization.
    ORGANIZATION_READ = "authority.organization.get", from Viewer;
    /// Rename an organization.
    ORGANIZATION_UPDATE = "authority.organization.update", from Admin;
    /// Suspend or resume an organization, or end all its tokens at once.
    ORGANIZATION_SUSPEND = "authority.organization.suspend", from Owner;
    /// Delete an organization with all that is in it.
    ORGANIZATION_DELETE = "authority.organization.delete", from Owner;
    /// See who is a member.
    MEMBER_READ = "authority.member.list", from Viewer;
    /// Add members, change roles below one's own, remove members.
    MEMBER_UPDATE = "authority.member.update", from Admin;
    /// See groups.
    GROUP_READ = "authority.group.list", from Viewer;
    /// Create, rename and delete groups, and change what is in them.
    GROUP_UPDATE = "authority.group.update", from Admin;
    /// See applications.
    APPLICATION_READ = "authority.application.get", from Viewer;
    /// Create, change and archive applications.
    APPLICATION_UPDATE = "authority.application.update", from Editor;
    /// Create, change and archive applications that are OAuth 2 clients.
    CLIENT_UPDATE = "authority.client.update", from Admin;
    /// See service accounts.
    SERVICE_ACCOUNT_READ = "authority.service_account.list", from Viewer;
    /// Create, change and disable service accounts.
    SERVICE_ACCOUNT_UPDATE = "authority.service_account.update", from Admin;
    /// See an organization's tokens, never their secrets.
    TOKEN_READ = "authority.token.list", from Viewer;
    /// Issue tokens.
    TOKEN_CREATE = "authority.token.create", from Admin;
    /// Relabel, disable and rotate tokens.
    TOKEN_UPDATE = "authority.token.update", from Admin;
    /// Revoke tokens.
    TOKEN_REVOKE = "authority.token.revoke", from Admin;
    /// Ask what a token of the organization is good for.
    TOKEN_INTROSPECT = "authority.token.introspect", from Admin;
    /// See the tokens that people made through an organization's applications.
    GRANT_READ = "authority.grant.list", from Admin;
    /// Change and revoke them.
    GRANT_UPDATE = "authority.grant.update", from Admin;
    /// Make tokens of an application, under Applivery's names (contract applivery, section 2). These
    /// five stand beside those of tokens in general.
    INTEGRATION_CREATE = "mad.application.token.create", from Admin;
    /// List tokens of an application.
    INTEGRATION_LIST = "mad.application.token.list", from Editor;
    /// See a token of an application.
    INTEGRATION_READ = "mad.application.token.get", from Editor;
    /// Change and rotate tokens of an application.
    INTEGRATION_UPDATE = "mad.application.token.update", from Admin;
    /// Revoke tokens of an application.
    INTEGRATION_REVOKE = "mad.application.token.delete", from Admin;
    /// Read the journal of an organization.
    JOURNAL_READ = "authority.journal.list", from Admin;
}

impl Permission {
    /// Create, disable and delete users, and rotate signing keys: a superuser's, no role holds it.
    pub const INSTALLATION_UPDATE: Self = Self(Cow::Borrowed("authority.installation.update"));
    /// See all users and organizations: a superuser's and a system auditor's.
    pub const INSTALLATION_READ: Self = Self(Cow::Borrowed("authority.installation.get"));

    /// Reads a permission; `None` if it is not spelled as one.
    pub fn parse(text: &str) -> Option<Self> {
        is_dotted(text, 2).then(|| Self(Cow::Owned(text.to_owned())))
    }

    /// The dotted text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it only looks: its last part is `get`, `list`, `read`, `view`, `query` or `search`.
    pub fn reads(&self) -> bool {
        let verb = self.0.rsplit('.').next().unwrap_or_default();
        matches!(verb, "get" | "list" | "read" | "view" | "query" | "search")
    }

    fn is_own(&self) -> bool {
        self.0.starts_with("authority.")
    }

    /// The lowest of the ranked roles that holds it; none holds one of our own area that is not listed.
    fn lowest(&self) -> Option<Role> {
        // Services behind us ask for their own most of the time: no need to go through the list.
        let listed = (self.is_own() || self.0.starts_with("mad."))
            .then(|| OWN.iter().find(|(text, _)| *text == self.as_str()))
            .flatten();
        match listed {
            Some((_, role)) => Some(*role),
            None if self.is_own() => None,
            None if self.reads() => Some(Role::Viewer),
            None => Some(Role::Editor),
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// At least `least` and at most 6 parts of `[a-z0-9_]+` with dots between, the first of which begins
/// with a letter.
pub(crate) fn is_dotted(text: &str, least: usize) -> bool {
    let fits = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    text.len() <= LONGEST_PERMISSION
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && (least..=6).contains(&text.split('.').count())
        && text.split('.').all(fits)
}

/// What a member, or a service account, is in an organization.
///
/// `owner ⊃ admin ⊃ editor ⊃ viewer`; `auditor` reads everything; `unassigned` holds nothing but
/// what is about oneself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Nothing of the organization.
    Unassigned,
    /// Sees what members see.
    Viewer,
    /// Reads all of an organization, its journal too, and changes nothing.
    Auditor,
    /// Changes what the services behind Chancery keep, and applications.
    Editor,
    /// Changes members, groups, service accounts and tokens too.
    Admin,
    /// Everything. Each organization keeps at least one.
    Owner,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Unassigned, Self::Viewer, Self::Auditor, Self::Editor, Self::Admin, Self::Owner];

    /// The name in a database and on the native face.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unassigned => "unassigned",
            Self::Viewer => "viewer",
            Self::Auditor => "auditor",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// The role of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// Whether this role holds a permission in its organization.
    pub fn holds(self, permission: &Permission) -> bool {
        match (self, permission.lowest()) {
            (_, Some(Self::Unassigned)) | (Self::Owner, Some(_)) => true,
            (Self::Auditor, Some(_)) => permission.reads(),
            (_, None) | (Self::Unassigned, Some(_)) => false,
            (role, Some(lowest)) => role >= lowest,
        }
    }

    /// Whether a member with this role may give `other` to somebody, or take it from somebody.
    pub fn commands(self, other: Self) -> bool {
        match self {
            Self::Owner => true,
            Self::Admin => other < Self::Owner,
            Self::Unassigned | Self::Viewer | Self::Auditor | Self::Editor => false,
        }
    }
}

/// Marks on a user that count in the whole installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// Holds every permission everywhere.
    pub superuser: bool,
    /// Holds every reading permission everywhere.
    pub system_auditor: bool,
}

impl Marks {
    /// Whether the marks alone give a permission.
    pub fn hold(self, permission: &Permission) -> bool {
        self.superuser || (self.system_auditor && permission.reads())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ranked_role_holds_all_that_the_one_below_holds() {
        let ranked = [Role::Unassigned, Role::Viewer, Role::Editor, Role::Admin, Role::Owner];
        for pair in ranked.windows(2) {
            for (text, _) in OWN {
                let permission = Permission::parse(text).unwrap();
                assert!(!pair[0].holds(&permission) || pair[1].holds(&permission), "{text}");
            }
        }
    }

    #[test]
    fn every_permission_of_the_list_is_looked_up_there() {
        for (text, role) in OWN {
            assert_eq!(Permission::parse(text).unwrap().lowest(), Some(*role), "{text}");
        }
    }

    #[test]
    fn an_auditor_reads_everything_and_changes_nothing_but_itself() {
        for (text, _) in OWN {
            let permission = Permission::parse(text).unwrap();
            let expected = permission.reads() || permission == Permission::SELF_UPDATE;
            assert_eq!(Role::Auditor.holds(&permission), expected, "{text}");
        }
    }

    #[test]
    fn no_role_holds_a_permission_of_our_own_area_that_is_not_in_the_table() {
        let unknown = Permission::parse("authority.universe.update").unwrap();
        for role in Role::ALL {
            assert!(!role.holds(&unknown), "{role:?}");
            assert!(!role.holds(&Permission::INSTALLATION_UPDATE), "{role:?}");
        }
    }

    #[test]
    fn a_foreign_area_is_read_from_viewer_and_changed_from_editor() {
        let read = Permission::parse("shop.order.list").unwrap();
        let change = Permission::parse("shop.order.create").unwrap();
        assert!(Role::Viewer.holds(&read) && !Role::Viewer.holds(&change));
        assert!(Role::Editor.holds(&change) && !Role::Unassigned.holds(&read));
    }
}
