//! `/authority/v1`

use super::Thing::{Application, Organization, ServiceAccount, Session, Token, User};
use super::{Kind, Row, gets, row};

pub(super) const ROWS: &[Row] = &[
    gets("/authority/v1/openapi.json", &[]).which(Kind::Open),
    // tokens
    gets("/authority/v1/tokens?organization=<organization>&holder=service_account:<robot>", &[]),
    row("POST", "/authority/v1/tokens", &[]).with(
        r#"{"organization":"<organization>","holder":{"kind":"application","id":"<application>"}}"#,
    ),
    gets("/authority/v1/tokens/{id}", &[Token]),
    gets("/authority/v1/tokens/{id}/usage", &[Token]),
    row("PATCH", "/authority/v1/tokens/{id}", &[Token]).with(r#"{"label":"other"}"#),
    row("DELETE", "/authority/v1/tokens/{id}", &[Token]),
    row("POST", "/authority/v1/tokens/{id}/revoke", &[Token]),
    row("POST", "/authority/v1/tokens/{id}/rotate", &[Token]).with(r#"{"overlap_seconds":0}"#),
    row("POST", "/authority/v1/verify", &[]).with(r#"{"tokens":[{"token":"nonsense"}]}"#),
    gets("/authority/v1/feed", &[]),
    // users
    gets("/authority/v1/users", &[]),
    row("POST", "/authority/v1/users", &[])
        .with(r#"{"username":"nora","password":"gray otter on a lamp post"}"#),
    gets("/authority/v1/users/{id}", &[User]),
    row("PATCH", "/authority/v1/users/{id}", &[User]).with(r#"{"first_name":"Mia"}"#),
    row("DELETE", "/authority/v1/users/{id}", &[User]),
    row("POST", "/authority/v1/users/{id}/disable", &[User]),
    row("POST", "/authority/v1/users/{id}/enable", &[User]),
    row("POST", "/authority/v1/users/{id}/second-factor/reset", &[User]),
    // oneself
    gets("/authority/v1/me", &[]),
    row("PATCH", "/authority/v1/me", &[]).with(r#"{"first_name":"Ann"}"#),
    row("PUT", "/authority/v1/me/password", &[])
        .with(r#"{"old":"gray otter on a lamp post","new":"blue heron under a bridge"}"#),
    gets("/authority/v1/me/sessions", &[]),
    row("DELETE", "/authority/v1/me/sessions/{id}", &[Session]),
    gets("/authority/v1/me/second-factor", &[]),
    row("POST", "/authority/v1/me/second-factor", &[])
        .with(r#"{"password":"gray otter on a lamp post"}"#),
    row("POST", "/authority/v1/me/second-factor/confirm", &[]).with(r#"{"code":"123456"}"#),
    row("POST", "/authority/v1/me/second-factor/recovery-codes", &[])
        .with(r#"{"password":"gray otter on a lamp post","code":"123456"}"#),
    row("POST", "/authority/v1/me/second-factor/remove", &[])
        .with(r#"{"password":"gray otter on a lamp post","code":"123456"}"#),
    // organizations
    gets("/authority/v1/organizations", &[]),
    row("POST", "/authority/v1/organizations", &[]).with(r#"{"name":"Another"}"#),
    gets("/authority/v1/organizations/{id}", &[Organization]),
    row("PATCH", "/authority/v1/organizations/{id}", &[Organization]).with(r#"{"name":"Other"}"#),
    row("DELETE", "/authority/v1/organizations/{id}", &[Organization]),
    row("POST", "/authority/v1/organizations/{id}/suspend", &[Organization]),
    row("POST", "/authority/v1/organizations/{id}/resume", &[Organization]),
    row("POST", "/authority/v1/organizations/{id}/end-tokens", &[Organization]),
    gets("/authority/v1/organizations/{id}/members", &[Organization]),
    row("POST", "/authority/v1/organizations/{id}/members", &[Organization])
        .with(r#"{"user":"<guest>","role":"viewer"}"#),
    row("PATCH", "/authority/v1/organizations/{id}/members/{user}", &[Organization, User])
        .with(r#"{"role":"editor"}"#),
    row("DELETE", "/authority/v1/organizations/{id}/members/{user}", &[Organization, User]),
    // applications
    gets("/authority/v1/applications?organization=<organization>", &[]),
    row("POST", "/authority/v1/applications", &[])
        .with(r#"{"organization":"<organization>","name":"till"}"#),
    gets("/authority/v1/applications/{id}", &[Application]),
    row("PATCH", "/authority/v1/applications/{id}", &[Application]).with(r#"{"name":"other"}"#),
    row("POST", "/authority/v1/applications/{id}/archive", &[Application]),
    row("POST", "/authority/v1/applications/{id}/secrets", &[Application]).with("{}"),
    // service accounts
    gets("/authority/v1/service-accounts?organization=<organization>", &[]),
    row("POST", "/authority/v1/service-accounts", &[])
        .with(r#"{"organization":"<organization>","name":"crane","role":"viewer"}"#),
    row("DELETE", "/authority/v1/service-accounts/{id}", &[ServiceAccount]),
    row("PATCH", "/authority/v1/service-accounts/{id}", &[ServiceAccount])
        .with(r#"{"role":"editor"}"#),
    // the rest
    gets("/authority/v1/settings", &[]),
    row("PATCH", "/authority/v1/settings", &[]).with(r#"{"basic":true}"#),
    row("DELETE", "/authority/v1/settings", &[]),
    gets("/authority/v1/rules", &[]),
    row("PUT", "/authority/v1/rules", &[]).with(r#"{"text":"described_by = ['path']"}"#),
    row("DELETE", "/authority/v1/rules", &[]),
    row("POST", "/authority/v1/rules/test", &[])
        .with(r#"{"method":"GET","url":"https://api.example.com/"}"#)
        .which(Kind::Reads),
    gets("/authority/v1/journal?organization=<organization>&target=<token>&by=<user>", &[]),
    row("POST", "/authority/v1/keys/rotate", &[]),
    row("POST", "/authority/v1/keys/replace", &[]),
];
