//! The core: who may hold which token, and is this one good now.
//!
//! Read the vocabulary first ([`audience`], [`clock`], [`entropy`], [`id`], [`permission`], [`scope`],
//! [`secret`], [`error`]), then [`Authority`] and [`Actor`], then [`token`], then what surrounds
//! it: [`account`], [`organization`], [`application`], [`rules`], [`journal`], `keys`, `claims`, `verdicts` (what a
//! node remembers), `feed` (how others forget with it), `upkeep` (what a node does by itself) and `audit` (is the
//! journal whole?).
//!
//! **Invariant**: nothing here knows HTTP or SQL. Faces translate, this crate decides, and what it
//! asks of a database it asks through the traits in [`store`] and the `store` modules.

pub mod account;
mod actor;
pub mod application;
pub mod audience;
mod audit;
mod authority;
mod claims;
pub mod clock;
mod cursor;
pub mod demand;
pub mod directory;
pub mod entropy;
pub mod error;
mod feed;
pub mod grant;
pub mod id;
pub mod journal;
mod keys;
pub mod organization;
pub mod permission;
mod policy;
pub mod rules;
pub mod scope;
pub mod search;
pub mod secret;
pub mod settings;
pub mod slug;
pub mod store;
pub mod token;
mod upkeep;
mod verdicts;
mod wrapping;

pub use actor::{Actor, Place};
pub use audit::{Audit, Flaw};
pub use authority::{Authority, Door, OpenError, Parts};
pub use error::{Error, Refusal, Shape, Unavailable};
pub use feed::{Awaited, FeedCursor, Forgettings, Keeping};
pub use keys::{JWKS_MAX_AGE, PublicKey, RootKey};
pub use policy::{
    GrantPolicy, HashingCost, LoginPolicy, MemoryPolicy, Policy, SessionPolicy, TokenPolicy, days,
};
pub use upkeep::FirstAdministrator;
pub use verdicts::Known;
