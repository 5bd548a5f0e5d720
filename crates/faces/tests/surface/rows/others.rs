//! The gateway's face, OAuth's, and the pages that letters lead to.

use super::{Kind, Row, gets, row};

pub(super) const ROWS: &[Row] = &[
    gets("/check", &[]),
    gets("/check.openapi.json", &[]).which(Kind::Open),
    gets("/oauth/openapi.json", &[]).which(Kind::Open),
    gets("/.well-known/jwks.json", &[]).which(Kind::Open),
    gets("/.well-known/oauth-authorization-server", &[]).which(Kind::Open),
    gets("/.well-known/oauth-protected-resource", &[]).which(Kind::Open),
    gets("/confirm", &[]).which(Kind::Open),
    gets("/password", &[]).which(Kind::Open),
    gets("/letters.js", &[]).which(Kind::Open),
    gets("/letters.css", &[]).which(Kind::Open),
    gets("/letters.openapi.json", &[]).which(Kind::Open),
    row("POST", "/confirm", &[]).with("token=nonsense").which(Kind::Open),
    row("POST", "/password", &[]).with("token=nonsense").which(Kind::Open),
    row("POST", "/oauth/token", &[]).with("grant_type=nonsense").which(Kind::Open),
    row("POST", "/oauth/introspect", &[]).with("token=nonsense"),
    row("POST", "/oauth/revoke", &[]).with("token=nonsense"),
];
