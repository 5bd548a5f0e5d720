//! How a query is refused: the words are AWX's where it has any.

use std::fmt::Display;

use authority::error::Refusal;
use axum::http::StatusCode;
use serde_json::Value;

use super::Model;

/// A query that is not answered. The body is `{"detail": …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::awx) struct Refused {
    /// 400; 403 for a secret; 404 for a page that is not there.
    pub(in crate::awx) status: StatusCode,
    /// What is said.
    pub(in crate::awx) detail: String,
}

impl Refused {
    /// 400 with these words.
    pub(super) fn saying(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, detail: detail.into() }
    }

    /// A secret is neither compared nor sorted by.
    pub(super) fn secret(name: &str) -> Self {
        let detail = format!("Filtering on {name} is not allowed.");
        Self { status: StatusCode::FORBIDDEN, detail }
    }

    /// There is no such page.
    pub(super) fn page() -> Self {
        Self { status: StatusCode::NOT_FOUND, detail: "Invalid page.".to_owned() }
    }

    /// A name is not in the vocabulary.
    pub(super) fn field(model: Model, name: &str) -> Self {
        Self::saying(format!("{} has no field named '{name}'", model.name()))
    }

    /// A field is not compared in this way.
    pub(super) fn lookup(name: &str, lookup: impl Display) -> Self {
        Self::saying(format!("{name} is not a text field and cannot be filtered by {lookup}"))
    }

    /// A value of a wrong form. AWX gives a list, as text.
    pub(super) fn value(text: &str, rule: &str) -> Self {
        Self::saying(Value::from(vec![format!("“{text}” value {rule}")]).to_string())
    }

    /// A regular expression that is none: the last line of what its compiler says.
    pub(super) fn pattern(refusal: &Refusal) -> Self {
        let Refusal::Invalid { rule, .. } = refusal else {
            return Self::saying(refusal.to_string());
        };
        let line = rule.lines().last().unwrap_or_default();
        Self::saying(line.strip_prefix("error: ").unwrap_or(line))
    }
}
