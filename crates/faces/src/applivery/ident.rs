//! Ids as this wire spells them: 24 hexadecimal digits, of which 8 are the second of the creation and 16 the
//! number (house rule 7). Both must fit on the way in. Where a slug may stand for an id, what has 24 such
//! digits is an id.

use authority::id::Number;
use authority::slug::Named;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// An id on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ident {
    second: u32,
    number: Number,
}

impl Ident {
    /// The id of what was made then, under that number.
    pub(super) fn of(made: Timestamp, number: Number) -> Self {
        // A second has 8 digits until the year 2106.
        Self { second: u32::try_from(made.as_second()).unwrap_or(u32::MAX), number }
    }
}

impl std::fmt::Display for Ident {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}{:016x}", self.second, self.number)
    }
}

impl Serialize for Ident {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl PartialSchema for Ident {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.pattern(Some("^[a-fA-F0-9]{24}$")).into()
    }
}

impl ToSchema for Ident {}

/// What a segment of a path names. Anything can be asked for; what is neither id nor slug names nothing.
pub(super) struct Segment(pub(super) Named);

impl Segment {
    fn read(text: &str) -> Self {
        let hex = text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let parts = text.split_at_checked(8).filter(|_| hex);
        let numbered = parts.and_then(|(second, number)| {
            let second = i64::from_str_radix(second, 16).ok()?;
            let number = Number::from_str_radix(number, 16).ok()?;
            Some(Named::Numbered { number, second })
        });
        Self(numbered.unwrap_or_else(|| Named::Slugged(text.to_owned())))
    }
}

impl<'de> Deserialize<'de> for Segment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::read(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_is_24_digits_that_say_when_and_which(
            second in 0_i64..=0xffff_ffff,
            number in 1_i64..=Number::MAX,
        ) {
            let made = Timestamp::from_second(second).unwrap();
            let text = Ident::of(made, number).to_string();
            prop_assert_eq!(text.len(), 24);
            for text in [text.clone(), text.to_uppercase()] {
                prop_assert_eq!(Segment::read(&text).0, Named::Numbered { number, second });
            }
        }
    }

    #[test]
    fn what_is_no_id_is_read_as_a_slug() {
        for text in ["acme", "5f0c9a1b2c3d4e5f6071829", "5f0c9a1b2c3d4e5f607182930", "..", "é"] {
            assert_eq!(Segment::read(text).0, Named::Slugged(text.to_owned()));
        }
        // A number beyond all that can be given.
        let beyond = "5f0c9a1bffffffffffffffff";
        assert_eq!(Segment::read(beyond).0, Named::Slugged(beyond.to_owned()));
    }
}
