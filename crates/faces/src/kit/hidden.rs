//! Secrets in bodies.

use authority::account::LONGEST_PASSWORD;
use authority::secret::Secret;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use utoipa::ToSchema;

/// A password, code or token in a body: at most 1024 bytes, and never printed.
#[derive(Debug, Clone, ToSchema)]
#[schema(value_type = String, format = Password, max_length = 1024)]
pub struct Hidden(Secret);

impl Hidden {
    /// The text, on its way to the core.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.len() > LONGEST_PASSWORD {
            return Err(Error::custom("a secret has at most 1024 bytes"));
        }
        Ok(Self(Secret::from_text(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_a_body_never_prints_and_has_a_longest_form() {
        let read = |text: &str| serde_json::from_value::<Hidden>(text.into());
        assert!(!format!("{:?}", read("wonderland").unwrap()).contains("wonderland"));
        assert!(read(&"a".repeat(1024)).is_ok());
        assert!(read(&"a".repeat(1025)).is_err());
    }
}
