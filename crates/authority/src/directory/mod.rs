//! What a person sees of everything there is, searched: people, organizations, groups, OAuth 2 clients,
//! tokens, and the journal's entries about them.
//!
//! Each search is narrowed to what its caller may see (`Sight::of`) before it goes to the database, so
//! that a thing beyond sight is not found, not counted and not told from a missing one. What was found
//! comes as cards, with what is shown beside it.
//!
//! **Invariant**: who sees what is decided in `sight.rs` and nowhere else.

mod cards;
mod entries;
mod people;
mod seats;
mod sight;

pub use cards::{ClientCard, GroupCard, OrganizationCard, TokenCard};
pub use entries::{About, EntryCard};
pub use people::UserCard;

/// What an actor may do with a thing that it sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct May {
    /// Change it.
    pub edit: bool,
    /// Delete it.
    pub delete: bool,
}
