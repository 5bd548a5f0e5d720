//! `/api`

use super::Of::{Client, Entry, Organization, Personal, Role, Team, User};
use super::Thing::Number;
use super::{Kind, Row, Thing, gets, row};

const USER: &[Thing] = &[Number(User)];
const ORGANIZATION: &[Thing] = &[Number(Organization)];
const TEAM: &[Thing] = &[Number(Team)];
const CLIENT: &[Thing] = &[Number(Client)];
const TOKEN: &[Thing] = &[Number(Personal)];
const ROLE: &[Thing] = &[Number(Role)];
const ENTRY: &[Thing] = &[Number(Entry)];

/// A new user.
const NORA: &str = r#"{"username":"nora","password":"gray otter on a lamp post"}"#;

pub(super) const ROWS: &[Row] = &[
    gets("/api/openapi.json", &[]).which(Kind::Open),
    gets("/api/", &[]).which(Kind::Open),
    gets("/api/v2/", &[]).which(Kind::Open),
    gets("/api/v2/ping/", &[]).which(Kind::Open),
    gets("/api/v2/auth/", &[]).which(Kind::Open),
    // logging in, and the provider
    gets("/api/login/", &[]).which(Kind::Open),
    gets("/api/login/style.css", &[]).which(Kind::Open),
    row("POST", "/api/login/", &[]).with("username=nobody&password=wrong").which(Kind::Open),
    gets("/api/logout/", &[]).which(Kind::Open),
    row("POST", "/api/logout/", &[]).which(Kind::Open),
    gets("/api/o/", &[]).which(Kind::Open),
    gets("/api/o/authorize/", &[]).which(Kind::Open),
    row("POST", "/api/o/authorize/", &[]).with("allow=Authorize").which(Kind::Open),
    row("POST", "/api/o/token/", &[]).with("grant_type=password").which(Kind::Open),
    row("POST", "/api/o/revoke_token/", &[]).with("token=nonsense").which(Kind::Open),
    // the installation
    gets("/api/v2/config/", &[]),
    row("POST", "/api/v2/config/", &[]).with("{}"),
    row("DELETE", "/api/v2/config/", &[]),
    gets("/api/v2/me/", &[]),
    gets("/api/v2/settings/", &[]),
    gets("/api/v2/settings/authentication/", &[]),
    row("PUT", "/api/v2/settings/authentication/", &[]).with(r#"{"AUTH_BASIC_ENABLED":false}"#),
    row("PATCH", "/api/v2/settings/authentication/", &[]).with(r#"{"AUTH_BASIC_ENABLED":false}"#),
    row("DELETE", "/api/v2/settings/authentication/", &[]),
    gets("/api/v2/projects/", &[]),
    gets("/api/v2/inventories/", &[]),
    gets("/api/v2/credentials/", &[]),
    gets("/api/v2/job_templates/", &[]),
    gets("/api/v2/workflow_job_templates/", &[]),
    gets("/api/v2/instance_groups/", &[]),
    // users
    gets("/api/v2/users/?id=<user's number>", &[]),
    row("POST", "/api/v2/users/", &[]).with(NORA),
    gets("/api/v2/users/{id}/", USER),
    row("PUT", "/api/v2/users/{id}/", USER).with(r#"{"username":"maia"}"#),
    row("PATCH", "/api/v2/users/{id}/", USER).with(r#"{"first_name":"Mia"}"#),
    row("DELETE", "/api/v2/users/{id}/", USER),
    gets("/api/v2/users/{id}/teams/", USER),
    gets("/api/v2/users/{id}/organizations/", USER),
    gets("/api/v2/users/{id}/admin_of_organizations/", USER),
    gets("/api/v2/users/{id}/roles/", USER),
    row("POST", "/api/v2/users/{id}/roles/", USER).with(r#"{"id":<role's number>}"#),
    gets("/api/v2/users/{id}/activity_stream/", USER),
    gets("/api/v2/users/{id}/tokens/", USER),
    row("POST", "/api/v2/users/{id}/tokens/", USER).with(r#"{"application":<client's number>}"#),
    gets("/api/v2/users/{id}/personal_tokens/", USER),
    row("POST", "/api/v2/users/{id}/personal_tokens/", USER).with("{}"),
    gets("/api/v2/users/{id}/authorized_tokens/?application=<client's number>", USER),
    row("POST", "/api/v2/users/{id}/authorized_tokens/", USER)
        .with(r#"{"application":<client's number>}"#),
    // organizations
    gets("/api/v2/organizations/?id=<organization's number>", &[]),
    row("POST", "/api/v2/organizations/", &[]).with(r#"{"name":"Another"}"#),
    gets("/api/v2/organizations/{id}/", ORGANIZATION),
    row("PUT", "/api/v2/organizations/{id}/", ORGANIZATION).with(r#"{"name":"Other"}"#),
    row("PATCH", "/api/v2/organizations/{id}/", ORGANIZATION).with(r#"{"description":"Other"}"#),
    row("DELETE", "/api/v2/organizations/{id}/", ORGANIZATION),
    gets("/api/v2/organizations/{id}/users/?id=<user's number>", ORGANIZATION),
    row("POST", "/api/v2/organizations/{id}/users/", ORGANIZATION)
        .with(r#"{"id":<guest's number>}"#),
    gets("/api/v2/organizations/{id}/admins/", ORGANIZATION),
    row("POST", "/api/v2/organizations/{id}/admins/", ORGANIZATION)
        .with(r#"{"id":<user's number>}"#),
    gets("/api/v2/organizations/{id}/teams/", ORGANIZATION),
    row("POST", "/api/v2/organizations/{id}/teams/", ORGANIZATION).with(r#"{"name":"others"}"#),
    gets("/api/v2/organizations/{id}/applications/", ORGANIZATION),
    row("POST", "/api/v2/organizations/{id}/applications/", ORGANIZATION)
        .with(r#"{"name":"till","client_type":"public","authorization_grant_type":"password"}"#),
    gets("/api/v2/organizations/{id}/activity_stream/", ORGANIZATION),
    // teams
    gets("/api/v2/teams/?organization=<organization's number>", &[]),
    row("POST", "/api/v2/teams/", &[])
        .with(r#"{"name":"others","organization":<organization's number>}"#),
    gets("/api/v2/teams/{id}/", TEAM),
    row("PUT", "/api/v2/teams/{id}/", TEAM).with(r#"{"name":"others"}"#),
    row("PATCH", "/api/v2/teams/{id}/", TEAM).with(r#"{"name":"others"}"#),
    row("DELETE", "/api/v2/teams/{id}/", TEAM),
    gets("/api/v2/teams/{id}/users/", TEAM),
    row("POST", "/api/v2/teams/{id}/users/", TEAM)
        .with(r#"{"id":<user's number>,"disassociate":true}"#),
    gets("/api/v2/teams/{id}/roles/", TEAM),
    gets("/api/v2/teams/{id}/activity_stream/", TEAM),
    // applications
    gets("/api/v2/applications/?organization__id=<organization's number>", &[]),
    row("POST", "/api/v2/applications/", &[]).with(
        r#"{"name":"till","organization":<organization's number>,
            "client_type":"public","authorization_grant_type":"password"}"#,
    ),
    gets("/api/v2/applications/{id}/", CLIENT),
    row("PUT", "/api/v2/applications/{id}/", CLIENT)
        .with(r#"{"name":"till","client_type":"public","authorization_grant_type":"password"}"#),
    row("PATCH", "/api/v2/applications/{id}/", CLIENT).with(r#"{"name":"other"}"#),
    row("DELETE", "/api/v2/applications/{id}/", CLIENT),
    gets("/api/v2/applications/{id}/tokens/", CLIENT),
    row("POST", "/api/v2/applications/{id}/tokens/", CLIENT).with("{}"),
    gets("/api/v2/applications/{id}/activity_stream/", CLIENT),
    // tokens
    gets("/api/v2/tokens/?user=<user's number>&application=<client's number>", &[]),
    row("POST", "/api/v2/tokens/", &[]).with(r#"{"application":<client's number>}"#),
    gets("/api/v2/tokens/{id}/", TOKEN),
    row("PUT", "/api/v2/tokens/{id}/", TOKEN).with(r#"{"description":"other","scope":"read"}"#),
    row("PATCH", "/api/v2/tokens/{id}/", TOKEN).with(r#"{"description":"other"}"#),
    row("DELETE", "/api/v2/tokens/{id}/", TOKEN),
    gets("/api/v2/tokens/{id}/activity_stream/", TOKEN),
    // roles and the journal
    gets("/api/v2/roles/", &[]),
    gets("/api/v2/roles/{id}/", ROLE),
    gets("/api/v2/roles/{id}/users/", ROLE),
    gets("/api/v2/roles/{id}/teams/", ROLE),
    gets("/api/v2/activity_stream/?actor=<user's number>", &[]),
    gets("/api/v2/activity_stream/{id}/", ENTRY),
];
