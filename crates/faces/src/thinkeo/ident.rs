//! Ids as this wire spells them: any 8-4-4-4-12 hexadecimal digits, whatever version they claim.

use authority::id::Id;
use serde::de::{Deserializer, Error, Unexpected};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What good ids look like.
pub(super) const RULE: &str = "an id of 8-4-4-4-12 hexadecimal digits";

/// An id on its way in or out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, format = Uuid)]
pub(super) struct Ident(Uuid);

/// Reads an id.
pub(super) fn read(text: &str) -> Option<Ident> {
    let hyphenated = text.len() == 36;
    Uuid::try_parse(text).ok().filter(|_| hyphenated).map(Ident)
}

impl<'de> Deserialize<'de> for Ident {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        read(&text).ok_or_else(|| Error::invalid_value(Unexpected::Str(&text), &RULE))
    }
}

impl<K> From<Ident> for Id<K> {
    fn from(Ident(uuid): Ident) -> Self {
        uuid.into()
    }
}

impl<K> From<Id<K>> for Ident {
    fn from(id: Id<K>) -> Self {
        Self(id.uuid())
    }
}

impl From<Uuid> for Ident {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}
