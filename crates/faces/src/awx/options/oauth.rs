//! Applications and tokens.

use super::field::{DESCRIPTION, Field, NAME, choice, field, id, string};
use super::table::Table;

pub(super) static APPLICATION: Table = Table {
    noun: "application",
    kind: &[("o_auth2_application", "Application")],
    id: "Id",
    times: Some((true, false)),
    own: &[
        NAME.up_to(255),
        DESCRIPTION,
        string("client_id", "Client id"),
        string("client_secret", "Client Secret").help(
            "Used for more stringent verification of access to an application when creating a token.",
        ),
        choice("client_type", "Client Type", CLIENTS)
            .help("Set to Public or Confidential depending on how secure the client device is.")
            .required(),
        string("redirect_uris", "Redirect URIs")
            .help("Allowed URIs list, space separated")
            .optional(),
        choice("authorization_grant_type", "Authorization Grant Type", GRANTS)
            .help("The Grant type the user must use for acquire tokens for this application.")
            .required()
            .creating(),
        field("boolean", "skip_authorization", "Skip Authorization")
            .help("Set True to skip authorization step for completely trusted applications.")
            .or_flag(false),
        id("organization", "Organization")
            .help("Organization containing this application.")
            .required(),
    ],
    search: &["name", "description"],
    related: &["user", "organization"],
    roles: &[],
};

const CLIENTS: &[(&str, &str)] = &[("confidential", "Confidential"), ("public", "Public")];
const GRANTS: &[(&str, &str)] =
    &[("authorization-code", "Authorization code"), ("password", "Resource owner password-based")];

/// A token with an application or without.
pub(super) static TOKEN: Table =
    token(&[DESCRIPTION, USER, VALUE, REFRESH_TOKEN, OF_APPLICATION.creating(), EXPIRES, SCOPE]);
/// A token without an application: one can be sent, and is ignored.
pub(super) static PERSONAL_TOKEN: Table =
    token(&[DESCRIPTION, USER, VALUE, REFRESH_TOKEN, OF_APPLICATION, EXPIRES, SCOPE]);
/// A token with an application.
pub(super) static AUTHORIZED_TOKEN: Table = token(&[
    DESCRIPTION,
    USER,
    VALUE,
    REFRESH_TOKEN,
    OF_APPLICATION.required().creating(),
    EXPIRES,
    SCOPE,
]);

const fn token(own: &'static [Field]) -> Table {
    Table {
        noun: "access token",
        kind: &[("o_auth2_access_token", "Access Token")],
        id: "Id",
        times: Some((true, true)),
        own,
        search: &["description"],
        related: &["user", "application"],
        roles: &[],
    }
}

const USER: Field = id("user", "User").help("The user representing the token owner");
const VALUE: Field = string("token", "Token");
const REFRESH_TOKEN: Field = field("field", "refresh_token", "Refresh token").unfiltered();
const OF_APPLICATION: Field = id("application", "Application");
const EXPIRES: Field = field("datetime", "expires", "Expires");
const SCOPE: Field = string("scope", "Scope")
    .help(
        "Allowed scopes, further restricts user's permissions. Must be a simple space-separated \
         string with allowed scopes ['read', 'write'].",
    )
    .or_text("write");
