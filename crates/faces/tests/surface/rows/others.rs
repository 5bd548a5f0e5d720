//! The gateway's face, and OAuth's.

use super::{Kind, Row, gets, row};

pub(super) const ROWS: &[Row] = &[
    gets("/check", &[]),
    gets("/check.openapi.json", &[]).which(Kind::Open),
    gets("/oauth/openapi.json", &[]).which(Kind::Open),
    gets("/.well-known/jwks.json", &[]).which(Kind::Open),
    gets("/.well-known/oauth-authorization-server", &[]).which(Kind::Open),
    row("POST", "/oauth/introspect", &[]).with("token=nonsense"),
    row("POST", "/oauth/revoke", &[]).with("token=nonsense"),
];
