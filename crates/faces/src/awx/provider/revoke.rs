//! `POST /api/o/revoke_token/`: a client gives a token of its own back (RFC 7009).

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{Form, No, client};
use crate::awx::Shared;

pub(super) async fn answer(shared: &Shared, form: Form) -> Result<Response, No> {
    let client = client(shared, &form).await?;
    let missing = || No::Text(StatusCode::BAD_REQUEST, "Missing token parameter.".to_owned());
    let token = form.get("token").ok_or_else(missing)?;
    let given = shared.context.authority.give_back(&client, token).await;
    given.map_err(|error| No::of(error, "invalid_request"))?;
    let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    Ok((StatusCode::OK, html, "").into_response())
}
