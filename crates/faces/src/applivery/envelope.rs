//! Good answers: `{"status": true, "data": …}`, always with 200 (contract, section 1.2).

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// A good answer.
#[derive(Serialize, ToSchema)]
pub(super) struct Data<T> {
    /// Always true; false where the answer is a fault.
    status: bool,
    /// What was asked for.
    data: T,
}

impl<T> Data<T> {
    /// A good answer with this in it.
    pub(super) fn of(data: impl Into<T>) -> Self {
        Self { status: true, data: data.into() }
    }

    /// The same answer with something else in it.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Data<U> {
        Data { status: self.status, data: change(self.data) }
    }
}

impl<T: Serialize> IntoResponse for Data<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// Nothing to tell: `{}`.
#[derive(Serialize, ToSchema)]
pub(super) struct Nothing {}
