//! `/v0`

use super::Thing::{Application, Group, Token, User, Version};
use super::{Kind, Row, gets, row};

pub(super) const ROWS: &[Row] = &[
    gets("/v0/docs/openapi.json", &[]).which(Kind::Open),
    // login
    row("POST", "/v0/auth/login", &[])
        .with(r#"{"email":"nobody@corp.test","password":"wrong"}"#)
        .which(Kind::Open),
    row("POST", "/v0/auth/refresh", &[]).with(r#"{"refreshToken":"wrong"}"#).which(Kind::Open),
    row("POST", "/v0/auth/logout", &[]),
    row("POST", "/v0/auth/register", &[])
        .with(r#"{"email":"nora@corp.test","password":"gray otter on a lamp post"}"#)
        .which(Kind::Open),
    row("PUT", "/v0/auth/confirm", &[]).with(r#"{"token":"wrong"}"#).which(Kind::Open),
    row("POST", "/v0/auth/forgot-password", &[])
        .with(r#"{"email":"nobody@corp.test"}"#)
        .which(Kind::Open),
    row("PUT", "/v0/auth/password", &[]).with(
        r#"{"oldPassword":"gray otter on a lamp post","newPassword":"blue heron under a bridge"}"#,
    ),
    // tokens
    gets("/v0/tokens", &[]),
    row("POST", "/v0/tokens?team=<organization>", &[]),
    row("DELETE", "/v0/tokens/{token_id}", &[Token]),
    // teams
    gets("/v0/teams", &[]),
    row("PUT", "/v0/teams", &[]).with(r#"{"name":"Other"}"#),
    row("POST", "/v0/teams", &[]).with(r#"{"name":"Another"}"#),
    gets("/v0/teams/current", &[]),
    gets("/v0/teams/billing", &[]),
    gets("/v0/teams/billing/report", &[]),
    gets("/v0/teams/logs", &[]),
    // groups
    gets("/v0/teams/groups", &[]),
    row("POST", "/v0/teams/groups", &[]).with(r#"{"name":"others"}"#),
    row("PUT", "/v0/teams/groups/{group_id}", &[Group]).with(r#"{"name":"others"}"#),
    row("DELETE", "/v0/teams/groups/{group_id}", &[Group]),
    gets("/v0/teams/groups/{group_id}/apps", &[Group]),
    row("POST", "/v0/teams/groups/{group_id}/apps", &[Group]).with(r#"{"appId":"<application>"}"#),
    row("DELETE", "/v0/teams/groups/{group_id}/apps/{app_id}", &[Group, Application]),
    gets("/v0/teams/groups/{group_id}/users", &[Group]),
    row("POST", "/v0/teams/groups/{group_id}/users", &[Group]).with(r#"{"userId":"<user>"}"#),
    row("DELETE", "/v0/teams/groups/{group_id}/users/{user_id}", &[Group, User]),
    // users
    gets("/v0/teams/users", &[]),
    row("POST", "/v0/teams/users", &[]).with(r#"{"email":"nora@corp.test","role":"user"}"#),
    row("PUT", "/v0/teams/users/{user_id}", &[User]).with(r#"{"role":"architect"}"#),
    row("DELETE", "/v0/teams/users/{user_id}", &[User]),
    gets("/v0/users/me", &[]),
    row("PUT", "/v0/users/me", &[]).with(r#"{"firstName":"Ann"}"#),
    // apps
    row("POST", "/v0/apps", &[]).with(r#"{"name":"till"}"#),
    row("POST", "/v0/apps/query", &[]).with("{}").which(Kind::Reads),
    gets("/v0/apps/{app_id}", &[Application]),
    row("PUT", "/v0/apps/{app_id}", &[Application]).with(r#"{"name":"other"}"#),
    row("POST", "/v0/apps/{app_id}/archive", &[Application]),
    gets("/v0/apps/{app_id}/icon", &[Application]),
    row("PUT", "/v0/apps/{app_id}/icon", &[Application]).with("picture"),
    gets("/v0/apps/{app_id}/versions", &[Application]),
    row("POST", "/v0/apps/{app_id}/versions", &[Application]).with(r#"{"name":"2.0"}"#),
    gets("/v0/apps/{app_id}/versions/{version}", &[Application, Version]),
];
