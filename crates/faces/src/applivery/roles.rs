//! Roles as this wire names them (contract, section 2).

use authority::permission::Role;

use super::fault::Fault;

/// What a role is called here. There are no auditors; what they may is nearest to a viewer's.
pub(super) const fn name(role: Role) -> &'static str {
    match role {
        Role::Auditor => "viewer",
        Role::Owner | Role::Admin | Role::Editor | Role::Viewer | Role::Unassigned => role.as_str(),
    }
}

/// The role of this name.
pub(super) fn read(text: &str) -> Result<Role, Fault> {
    let rule = "owner, admin, editor, viewer or unassigned";
    let known = Role::parse(text).filter(|role| *role != Role::Auditor);
    known.ok_or_else(|| Fault::invalid("role", rule))
}

/// The role of this name, for a service account: nobody but a person owns anything.
pub(super) fn read_of_robot(text: &str) -> Result<Role, Fault> {
    let robots = read(text).ok().filter(|role| *role != Role::Owner);
    robots.ok_or_else(|| Fault::invalid("role", "admin, editor, viewer or unassigned"))
}
