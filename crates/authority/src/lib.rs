//! The core: who may hold which token, and is this one good now.
//!
//! Read the vocabulary first ([`clock`], [`entropy`], [`id`], [`permission`], [`scope`],
//! [`secret`], [`error`]), then [`token`], then what surrounds it: [`account`], [`organization`],
//! [`application`], [`journal`].
//!
//! **Invariant**: nothing here knows HTTP or SQL. Faces translate, this crate decides, and what it
//! asks of a database it asks through the traits in [`store`] and the `store` modules.

pub mod account;
pub mod application;
pub mod clock;
pub mod entropy;
pub mod error;
pub mod id;
pub mod journal;
pub mod organization;
pub mod permission;
pub mod scope;
pub mod secret;
pub mod store;
pub mod token;
