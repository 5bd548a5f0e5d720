//! Times as this wire spells them: RFC 3339, UTC with `Z`, and 0, 3, 6 or 9 digits of a second.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A moment on its way out.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub(super) struct Moment(pub(super) Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(at) = self;
        let precision = match at.subsec_nanosecond() {
            0 => 0,
            nanos if nanos % 1_000_000 == 0 => 3,
            nanos if nanos % 1_000 == 0 => 6,
            _ => 9,
        };
        serializer.collect_str(&format_args!("{at:.precision$}"))
    }
}

/// Reads a moment: any offset up to 23:59, any number of digits after the second, of which six are
/// kept. A leap second is none of ours.
///
/// Source: RFC 3339, section 5.6.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let (moment, rest) = text.split_at_checked(19)?;
    let fits = |(byte, kind): (u8, u8)| match kind {
        b'0' => byte.is_ascii_digit(),
        other => byte.eq_ignore_ascii_case(&other),
    };
    let shaped = moment.bytes().zip(*b"0000-00-00T00:00:00").all(fits);
    if !shaped || moment.ends_with("60") {
        return None;
    }
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?),
        None => ("0", rest),
    };
    if fraction.is_empty() || !is_zone(zone) {
        return None;
    }
    let kept = fraction.get(..6).unwrap_or(fraction);
    format!("{moment}.{kept}{zone}").parse().ok()
}

fn is_zone(zone: &str) -> bool {
    let Some(offset) = zone.strip_prefix(['+', '-']) else {
        return zone.eq_ignore_ascii_case("z");
    };
    let below = |text: &str, end: u8| {
        text.len() == 2
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse::<u8>().is_ok_and(|value| value < end)
    };
    offset.split_once(':').is_some_and(|(hours, minutes)| below(hours, 24) && below(minutes, 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        serde_json::to_string(&Moment(text.parse().unwrap())).unwrap()
    }

    #[test]
    fn a_second_has_no_digits_or_three_or_six_or_nine() {
        assert_eq!(printed("2024-09-07T00:00:00Z"), r#""2024-09-07T00:00:00Z""#);
        assert_eq!(printed("2024-09-07T00:00:00.5Z"), r#""2024-09-07T00:00:00.500Z""#);
        assert_eq!(printed("2024-09-07T00:00:00.0005Z"), r#""2024-09-07T00:00:00.000500Z""#);
        assert_eq!(
            printed("2024-09-06T11:01:53.241234399Z"),
            r#""2024-09-06T11:01:53.241234399Z""#
        );
    }

    #[test]
    fn any_offset_and_any_fraction_are_read() {
        let noon: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        for text in [
            "2026-01-01T12:00:00Z",
            "2026-01-01t12:00:00z",
            "2026-01-01T12:00:00.000000000000000Z",
            "2026-01-01T14:00:00+02:00",
            "2026-01-01T00:01:00-11:59",
            "2026-01-01T12:00:00-00:00",
        ] {
            assert_eq!(read(text), Some(noon), "{text}");
        }
        assert_eq!(read("2026-01-01T12:00:00.1234567Z").unwrap().subsec_nanosecond(), 123_456_000);
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in [
            "",
            "0",
            "-1",
            "2026-01-01",
            "2026-01-01T12:00:00",
            "2026-01-01 12:00:00Z",
            "2026-01-01T12:00Z",
            "2026-01-01T12:00:00.Z",
            "2026-01-01T12:00:60Z",
            "2026-01-01T24:00:00Z",
            "2026-02-30T12:00:00Z",
            "10000-01-01T00:00:00Z",
            "+010000-01-01T00:00:00Z",
            "2026-01-01T12:00:00+99:99",
            "2026-01-01T12:00:00+24:00",
            "2026-01-01T12:00:00+0200",
            "2026-01-01T12:00:00Z[Europe/Paris]",
            "２026-01-01T12:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
