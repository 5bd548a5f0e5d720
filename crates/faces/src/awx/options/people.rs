//! Users, organizations, teams, roles, and what happened to them.

use serde_json::{Map, Value, json};

use super::field::{DESCRIPTION, NAME, choice, field, id, string};
use super::table::Table;

pub(super) static USER: Table = Table {
    noun: "user",
    kind: &[("user", "User")],
    id: "ID",
    times: Some((false, false)),
    own: &[
        string("username", "Username")
            .help("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.")
            .up_to(150)
            .required(),
        string("first_name", "First name").up_to(150).optional(),
        string("last_name", "Last name").up_to(150).optional(),
        string("email", "Email address").up_to(254).optional(),
        field("boolean", "is_superuser", "Superuser status")
            .help(
                "Designates that this user has all permissions without explicitly assigning them.",
            )
            .or_flag(false),
        field("boolean", "is_system_auditor", "Is system auditor").unfiltered().or_flag(false),
        string("password", "Password").help("Field used to change the password.").or_text(""),
        string("ldap_dn", "Ldap dn").unfiltered(),
        field("datetime", "last_login", "Last login"),
        field("field", "external_account", "External account")
            .help("Set if the account is managed by an external service")
            .unfiltered(),
    ],
    search: &["username", "first_name", "last_name", "email"],
    related: &["activity_stream"],
    roles: &[],
};

pub(super) static ORGANIZATION: Table = Table {
    noun: "organization",
    kind: &[("organization", "Organization")],
    id: "ID",
    times: Some((true, true)),
    own: &[
        NAME.up_to(512),
        DESCRIPTION,
        field("integer", "max_hosts", "Max hosts")
            .help("Maximum number of hosts allowed to be managed by this organization.")
            .between(0, 2_147_483_647)
            .or_number(0),
        string("custom_virtualenv", "Custom virtualenv")
            .help("Local absolute file path containing a custom Python virtualenv to use"),
        id("default_environment", "Default environment")
            .help("The default execution environment for jobs run by this organization.")
            .optional(),
    ],
    search: &["description", "name"],
    related: &["applications", "created_by", "modified_by", "teams"],
    roles: &["admin_role", "auditor_role", "member_role", "read_role"],
};

pub(super) static TEAM: Table = Table {
    noun: "team",
    kind: &[("team", "Team")],
    id: "ID",
    times: Some((true, true)),
    own: &[NAME.up_to(512), DESCRIPTION, id("organization", "Organization").required()],
    search: &["description", "name"],
    related: &["organization", "created_by", "modified_by"],
    roles: &["admin_role", "member_role", "read_role"],
};

/// Its names are computed, and none can be made.
pub(super) static ROLE: Table = Table {
    noun: "role",
    kind: &[("role", "Role")],
    id: "ID",
    times: None,
    own: &[
        field("field", "name", "Name").help("Name of this role.").unfiltered(),
        field("field", "description", "Description")
            .help("Optional description of this role.")
            .unfiltered(),
    ],
    search: &[],
    related: &[],
    roles: &[],
};

/// What a list of roles below a user takes instead of fields.
pub(super) fn give_or_take() -> Map<String, Value> {
    let one = |label, help| json!({"type": "integer", "label": label, "help_text": help});
    Map::from_iter([
        ("id".to_owned(), one("ID", "Database ID for this role.")),
        ("disassociate".to_owned(), one("Disassociate", "Provide to remove this role.")),
    ])
}

pub(super) static ACTIVITY: Table = Table {
    noun: "activity stream",
    kind: &[("activity_stream", "Activity Stream")],
    id: "ID",
    times: None,
    own: &[
        field("datetime", "timestamp", "Timestamp"),
        choice("operation", "Operation", OPERATIONS)
            .help("The action taken with respect to the given object(s)."),
        field("json", "changes", "Changes").help(
            "A summary of the new and changed values when an object is created, updated, or deleted",
        ),
        string("object1", "Object1").help(
            "For create, update, and delete events this is the object type that was affected. For \
             associate and disassociate events this is the object type associated or disassociated \
             with object2.",
        ),
        string("object2", "Object2").help(
            "Unpopulated for create, update, and delete events. For associate and disassociate \
             events this is the object type that object1 is being associated with.",
        ),
        field("field", "object_association", "Object association")
            .help("When present, shows the field name of the role or relationship that changed.")
            .unfiltered(),
        string("action_node", "Action node").help("The cluster node the activity took place on."),
        field("field", "object_type", "Object type")
            .help("When present, shows the model on which the role or relationship was defined.")
            .unfiltered(),
    ],
    search: &["changes"],
    related: &["actor"],
    roles: &[],
};

const OPERATIONS: &[(&str, &str)] = &[
    ("create", "Entity Created"),
    ("update", "Entity Updated"),
    ("delete", "Entity Deleted"),
    ("associate", "Entity Associated with another Entity"),
    ("disassociate", "Entity was Disassociated with another Entity"),
];
