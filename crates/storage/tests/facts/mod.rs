//! Every fact, told once. Each database's test binary imports this and says what an
//! `empty_store()` is, and how to `reopen` one.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a fact that can't begin, or gives no answer, has failed"
)]

mod accounts;
mod applications;
mod clients;
mod codes;
mod deleted;
pub(crate) mod given;
pub(crate) mod granting;
mod grants;
mod groups;
mod holders;
mod installation;
mod journal;
mod once;
mod organizations;
pub(crate) mod race;
mod refresh;
mod regrants;
mod roster;
mod searched;
mod searches;
mod second_factors;
mod sessions;
mod settings;
mod slugs;
mod superusers;
mod throttles;
mod tokens;
mod uses;
