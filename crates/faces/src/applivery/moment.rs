//! Times as this wire spells them: UTC, with `Z` and exactly three digits of a second, which is the only form that
//! the mobile SDKs read (contract, section 1.2).

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A moment on its way out.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub(super) struct Moment(pub(super) Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_three_digits_of_a_second() {
        for (moment, text) in [
            ("2026-01-02T03:04:05Z", "\"2026-01-02T03:04:05.000Z\""),
            ("2026-01-02T03:04:05.6789Z", "\"2026-01-02T03:04:05.678Z\""),
        ] {
            let moment = Moment(moment.parse().unwrap());
            assert_eq!(serde_json::to_string(&moment).unwrap(), text);
        }
    }
}
