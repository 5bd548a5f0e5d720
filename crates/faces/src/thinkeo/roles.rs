//! Roles as this wire spells them: one table.

use authority::permission::Role;
use serde::de::{Deserializer, Error, Unexpected};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

/// Word, the role that it gives, and all roles that are shown by it.
const ROLES: [(&str, Role, &[Role]); 3] = [
    ("user", Role::Viewer, &[Role::Viewer, Role::Auditor, Role::Unassigned]),
    ("architect", Role::Editor, &[Role::Editor]),
    ("administrator", Role::Owner, &[Role::Owner, Role::Admin]),
];

/// A role on its way in or out. It is read whatever the case of its letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, example = "architect")]
pub(super) struct RoleWord(pub(super) Role);

impl Default for RoleWord {
    fn default() -> Self {
        Self(Role::Viewer)
    }
}

impl Serialize for RoleWord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = ROLES.iter().find(|(_, _, roles)| roles.contains(&self.0));
        serializer.serialize_str(shown.map_or("user", |(word, ..)| word))
    }
}

impl<'de> Deserialize<'de> for RoleWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let found = ROLES.iter().find(|(word, ..)| word.eq_ignore_ascii_case(&text));
        let rule = &"user, architect or administrator";
        let found = found.ok_or_else(|| Error::invalid_value(Unexpected::Str(&text), rule))?;
        Ok(Self(found.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_is_shown_by_one_word() {
        let words = Role::ALL.map(|role| serde_json::to_value(RoleWord(role)).unwrap());
        let expected = ["user", "user", "user", "architect", "administrator", "administrator"];
        assert_eq!(words, expected);
    }

    #[test]
    fn a_word_is_read_whatever_its_case() {
        let read = |text: &str| serde_json::from_value::<RoleWord>(text.into()).map(|word| word.0);
        assert_eq!(read("Administrator").unwrap(), Role::Owner);
        assert_eq!(read("ARCHITECT").unwrap(), Role::Editor);
        assert!(read("owner").is_err());
    }
}
