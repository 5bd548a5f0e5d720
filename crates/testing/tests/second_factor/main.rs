//! The second factor: no password is good without a code, each code is good once, and guessing codes is
//! slowed as guessing passwords is.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

mod entering;
mod guessing;
mod keeping;
mod switching;

use std::net::IpAddr;
use std::time::Duration;

use authority::account::{Enrolment, Login};
use authority::error::{Error, Refusal};
use authority::id::UserId;
use authority::journal::{Entry, EntryFilter};
use authority::secret::Secret;
use authority::{Actor, Authority, Door};
use testing::{PASSWORD, Phone, World};

const WRONG: &str = "a wrong password, long enough";
const ANOTHER: &str = "another gray otter on a lamp";

fn from(address: &str) -> Door {
    Door { source: address.parse::<IpAddr>().unwrap() }
}

/// Logs in from where everybody has been before.
async fn enter(world: &World, password: &str, code: Option<&str>) -> Result<Actor, Refusal> {
    enter_from(world, password, code, &World::door()).await
}

async fn enter_from(
    world: &World,
    password: &str,
    code: Option<&str>,
    door: &Door,
) -> Result<Actor, Refusal> {
    let login = Login { login: "alice", password, code };
    refused(world.authority.authenticate_password(login, door).await)
}

fn refused<T>(outcome: Result<T, Error>) -> Result<T, Refusal> {
    outcome.map_err(|error| match error {
        Error::Refused(refusal) => refusal,
        Error::Unavailable(why) => panic!("{why}"),
    })
}

fn is_pause<T>(outcome: &Result<T, Refusal>) -> bool {
    matches!(outcome, Err(Refusal::TooManyAttempts { .. }))
}

fn is_wrong_code<T>(outcome: &Result<T, Refusal>) -> bool {
    matches!(outcome, Err(Refusal::Invalid { field: "code", .. }))
}

fn step() -> Duration {
    Duration::from_secs(30)
}

/// A world in which Alice has a second factor; somebody who acts as her; her phone and recovery codes.
async fn scene() -> (World, Actor, Phone, Vec<Secret>) {
    let world = World::new().await;
    world.user("alice").await;
    let alice = world.actor("alice").await;
    let (phone, codes) = world.phone("alice").await;
    (world, alice, phone, codes)
}

async fn enrol(world: &World, actor: &Actor) -> Result<Enrolment, Refusal> {
    refused(world.authority.enrol_second_factor(actor, PASSWORD, &World::door()).await)
}

async fn journal(authority: &Authority, root: &Actor) -> Vec<Entry> {
    authority.journal(root, None, EntryFilter::default(), (None, 1_000)).await.unwrap()
}

fn id(actor: &Actor) -> UserId {
    actor.user().unwrap()
}
