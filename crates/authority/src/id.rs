//! Identities: a UUIDv7 for each thing, typed so that no two kinds can be swapped.
//!
//! **Invariant**: nothing here knows how a face spells an id (house rule 7).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use uuid::Uuid;

use crate::clock::Clock;
use crate::entropy::Entropy;

/// The identity of one thing of kind `K`. Versions and variants of UUIDs that come from outside
/// are not judged; those minted here are version 7.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

/// A small integer that the database gives, per kind of thing, never given twice.
pub type Number = i64;

/// What ids can be of.
pub mod kind {
    /// Kind of [`super::TokenId`].
    pub enum Token {}
    /// Kind of [`super::UserId`].
    pub enum User {}
    /// Kind of [`super::OrganizationId`].
    pub enum Organization {}
    /// Kind of [`super::GroupId`].
    pub enum Group {}
    /// Kind of [`super::ApplicationId`].
    pub enum Application {}
    /// Kind of [`super::ServiceAccountId`].
    pub enum ServiceAccount {}
    /// Kind of [`super::SessionId`].
    pub enum Session {}
    /// Kind of [`super::EntryId`].
    pub enum Entry {}
    /// Kind of [`super::CodeId`].
    pub enum Code {}
}

/// Identity of a token.
pub type TokenId = Id<kind::Token>;
/// Identity of a person who can log in.
pub type UserId = Id<kind::User>;
/// Identity of a tenant.
pub type OrganizationId = Id<kind::Organization>;
/// Identity of a group of users.
pub type GroupId = Id<kind::Group>;
/// Identity of an application.
pub type ApplicationId = Id<kind::Application>;
/// Identity of a non-human holder of tokens.
pub type ServiceAccountId = Id<kind::ServiceAccount>;
/// Identity of a login: the family of one refresh token and its access tokens.
pub type SessionId = Id<kind::Session>;
/// Identity of a journal entry.
pub type EntryId = Id<kind::Entry>;
/// Identity of an authorization code.
pub type CodeId = Id<kind::Code>;

impl<K> Id<K> {
    /// A new identity: version 7, with the clock's millisecond and 74 random bits.
    pub fn mint(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
        let mut random = [0; 10];
        entropy.fill(&mut random);
        let millis = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().into()
    }

    /// The identity as every database keeps it.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

impl<K> From<Uuid> for Id<K> {
    fn from(uuid: Uuid) -> Self {
        Self { uuid, kind: PhantomData }
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}
