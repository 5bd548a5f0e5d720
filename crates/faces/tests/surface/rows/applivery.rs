//! `/v1`

use super::Hex::{Application, Collaborator, Organization, Robot, Token};
use super::Thing::Hex;
use super::{Kind, Row, gets, row};

const HERE: super::Thing = Hex(Organization);
const APP: super::Thing = Hex(Application);
const TOKEN: super::Thing = Hex(Token);
const ROBOT: super::Thing = Hex(Robot);

pub(super) const ROWS: &[Row] = &[
    gets("/v1/openapi.json", &[]).which(Kind::Open),
    row("POST", "/v1/auth/login", &[])
        .with(
            r#"{"provider":"traditional","payload":{"email":"nobody@corp.test","password":"no"}}"#,
        )
        .which(Kind::Open),
    row("POST", "/v1/auth/refresh", &[])
        .with(r#"{"lastAccessToken":"wrong","refreshToken":"wrong"}"#)
        .which(Kind::Open),
    gets("/v1/organizations/{organizationId}", &[HERE]),
    gets("/v1/organizations/{organizationId}/apps", &[HERE]),
    gets("/v1/organizations/{organizationId}/apps/{applicationId}/tokens", &[HERE, APP]),
    row("POST", "/v1/organizations/{organizationId}/apps/{applicationId}/tokens", &[HERE, APP])
        .with(r#"{"description":"till","scopes":["sdk"]}"#),
    gets(
        "/v1/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}",
        &[HERE, APP, TOKEN],
    ),
    row(
        "PUT",
        "/v1/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}",
        &[HERE, APP, TOKEN],
    )
    .with(r#"{"description":"other"}"#),
    row(
        "DELETE",
        "/v1/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}",
        &[HERE, APP, TOKEN],
    ),
    row(
        "POST",
        "/v1/organizations/{organizationId}/apps/{applicationId}/tokens/{tokenId}/rotate",
        &[HERE, APP, TOKEN],
    )
    .with(r#"{"overlap":60}"#),
    gets("/v1/organizations/{organizationId}/service-accounts", &[HERE]),
    row("POST", "/v1/organizations/{organizationId}/service-accounts", &[HERE])
        .with(r#"{"role":"viewer"}"#),
    gets("/v1/organizations/{organizationId}/service-accounts/{serviceAccountId}", &[HERE, ROBOT]),
    row(
        "PUT",
        "/v1/organizations/{organizationId}/service-accounts/{serviceAccountId}",
        &[HERE, ROBOT],
    )
    .with(r#"{"role":"editor"}"#),
    row(
        "DELETE",
        "/v1/organizations/{organizationId}/service-accounts/{serviceAccountId}",
        &[HERE, ROBOT],
    ),
    gets("/v1/organizations/{organizationId}/collaborators", &[HERE]),
    gets("/v1/organizations/{organizationId}/collaborators/groups", &[HERE]),
    gets("/v1/organizations/{organizationId}/collaborators/apps", &[HERE]),
    row(
        "PUT",
        "/v1/organizations/{organizationId}/collaborators/{collaboratorId}",
        &[HERE, Hex(Collaborator)],
    )
    .with(r#"{"tags":["qa"],"role":"editor"}"#),
    row("POST", "/v1/organizations/{organizationId}/oem/users", &[HERE])
        .with(r#"{"email":"nora@corp.test"}"#),
    gets("/v1/app", &[]),
];
