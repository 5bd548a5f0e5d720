//! What the facts begin with: people, organizations and tokens with fixed ids and times, and the
//! drafts of what is done to them.

use std::sync::atomic::{AtomicU64, Ordering};

use authority::account::{Session, User};
use authority::application::{Application, ServiceAccount};
use authority::id::{Id, OrganizationId, UserId};
use authority::journal::{By, Cursors, Detail, Draft, Once, Subject, Target, Who};
use authority::organization::{Group, Membership, Organization};
use authority::permission::{Marks, Role};
use authority::scope::Scopes;
use authority::secret::{Digest, Kind};
use authority::token::store::{Insertion, KeptSecret};
use authority::token::{Born, Holder, Token};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

pub(crate) use authority::account::second_factor::store::SecondFactorStore;
pub(crate) use authority::account::store::{AccountStore, Creation, SessionStore};
pub(crate) use authority::application::store::ApplicationStore;
pub(crate) use authority::grant::store::GrantStore;
pub(crate) use authority::organization::store::OrganizationStore;
pub(crate) use authority::store::{InstallationStore, JournalStore, Store};
pub(crate) use authority::token::store::{Change, Page, TokenStore};

/// 2026-01-01 12:00:00 UTC, when everything happens.
pub(crate) const NOON: Timestamp = Timestamp::constant(1_767_268_800, 0);

/// So many seconds after [`NOON`].
pub(crate) fn after(seconds: i64) -> Timestamp {
    NOON + SignedDuration::from_secs(seconds)
}

/// The n-th id of its kind.
pub(crate) fn id<K>(n: u64) -> Id<K> {
    Uuid::from_u128(0x019b_76da_a800_7000_8000_0000_0000_0000 + u128::from(n)).into()
}

/// The n-th digest.
pub(crate) fn digest(n: u64) -> Digest {
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    Digest::from_bytes(bytes)
}

/// The n-th secret, as it is kept.
pub(crate) fn secret(n: u64) -> KeptSecret {
    KeptSecret { digest: digest(n), pepper: 1 }
}

/// A draft that something is done to a thing, by Chancery itself at [`NOON`].
pub(crate) fn note<K>(action: &str, target: Id<K>) -> Draft {
    static ENTRIES: AtomicU64 = AtomicU64::new(1 << 32);
    Draft {
        id: id(ENTRIES.fetch_add(1, Ordering::Relaxed)),
        at: NOON,
        by: By { who: Who::System, token: None },
        action: action.to_owned(),
        target: Target { kind: action.split('.').next().unwrap().to_owned(), id: target.uuid() },
        organization: None,
        detail: Detail::new(),
        forget: Vec::new(),
        once: None,
    }
}

/// What can be added to a draft.
pub(crate) trait Adding {
    /// At another time.
    fn at(self, at: Timestamp) -> Self;
    /// With something to forget.
    fn forgetting(self, subject: Subject) -> Self;
    /// Under the n-th idempotency key, for the n-th request.
    fn once(self, key: u8, fingerprint: u8) -> Self;
}

impl Adding for Draft {
    fn at(self, at: Timestamp) -> Self {
        Self { at, ..self }
    }

    fn forgetting(mut self, subject: Subject) -> Self {
        self.forget.push(subject);
        self
    }

    fn once(self, key: u8, fingerprint: u8) -> Self {
        Self { once: Some(Once { key: [key; 32], fingerprint: [fingerprint; 32] }), ..self }
    }
}

/// The n-th user, `user<n>` with address `user<n>@example.org`.
pub(crate) fn user(n: u64) -> User {
    User {
        id: id(n),
        number: 0,
        username: format!("user{n}"),
        email: Some(format!("user{n}@example.org")),
        first_name: "Ada".to_owned(),
        last_name: "Lovelace".to_owned(),
        language: "en".to_owned(),
        marks: Marks::default(),
        created_at: NOON,
        modified_at: NOON,
        confirmed_at: Some(NOON),
        disabled_at: None,
        last_login_at: None,
        provider: None,
        home: None,
        epoch: 0,
    }
}

/// The n-th organization, `Organization <n>`.
pub(crate) fn organization(n: u64) -> Organization {
    Organization {
        id: id(n),
        number: 0,
        name: format!("Organization {n}"),
        slug: format!("organization-of-{n}"),
        description: "Sells things".to_owned(),
        tenant: true,
        created_at: NOON,
        created_by: None,
        modified_at: NOON,
        modified_by: None,
        suspended_at: None,
        epoch: 0,
    }
}

/// The place of a user in an organization.
pub(crate) fn place(user: UserId, organization: OrganizationId, role: Role) -> Membership {
    Membership { user, organization, role, apart: false, created_at: NOON, modified_at: NOON }
}

/// The n-th group, `Group <n>`.
pub(crate) fn group(n: u64, organization: OrganizationId) -> Group {
    Group {
        id: id(n),
        number: 0,
        organization,
        name: format!("Group {n}"),
        description: String::new(),
        created_at: NOON,
        created_by: None,
        modified_at: NOON,
        modified_by: None,
    }
}

/// The n-th application, `Application <n>`.
pub(crate) fn application(n: u64, organization: OrganizationId) -> Application {
    Application {
        id: id(n),
        number: 0,
        organization,
        name: format!("Application {n}"),
        slug: format!("application-of-{n}"),
        description: "Sells things".to_owned(),
        client: None,
        created_at: NOON,
        modified_at: NOON,
        archived_at: None,
        epoch: 0,
    }
}

/// The n-th service account, `robot<n>`, an editor.
pub(crate) fn service_account(n: u64, organization: OrganizationId) -> ServiceAccount {
    ServiceAccount {
        id: id(n),
        number: 0,
        organization,
        name: format!("robot{n}"),
        role: Role::Editor,
        created_at: NOON,
        modified_at: NOON,
        disabled_at: None,
        epoch: 0,
    }
}

/// The n-th token, for an hour, bound to no organization. Its secret is the n-th too.
pub(crate) fn token(n: u64, holder: Holder) -> Token {
    let (id, scopes) = (id(n), Scopes::parse("read shop.*").unwrap());
    Token {
        label: format!("token {n}"),
        ..Token::begun(id, Kind::Personal, holder, scopes, (NOON, Some(after(3600))))
    }
}

/// The n-th token, bound to an organization.
pub(crate) fn bound(n: u64, holder: Holder, to: OrganizationId) -> Token {
    Token { organization: Some(to), ..token(n, holder) }
}

/// The n-th session, for a day, in no organization.
pub(crate) fn session(n: u64, user: UserId) -> Session {
    Session {
        id: id(n),
        number: 0,
        user,
        application: None,
        organization: None,
        generation: 1,
        floor: 1,
        used: false,
        replaced: false,
        remembered: false,
        created_at: NOON,
        refreshed_at: NOON,
        expires_at: after(86_400),
        ended_at: None,
        born: Born::default(),
    }
}

/// Keeps the n-th user.
pub(crate) async fn a_user(store: &impl Store, n: u64) -> User {
    let user = user(n);
    let made = store.create_user(&user, None, note("user.create", user.id)).await.unwrap();
    let Creation::Done(number) = made else { panic!("{made:?}") };
    User { number, ..user }
}

/// Keeps the n-th organization with its owner.
pub(crate) async fn an_organization(store: &impl Store, n: u64, owner: UserId) -> Organization {
    let new = organization(n);
    let note = note("organization.create", new.id);
    let made = store.create_organization(&new, Some(owner), note).await.unwrap();
    let Creation::Done(number) = made else { panic!("{made:?}") };
    Organization { number, ..new }
}

/// Gives a user a place.
pub(crate) async fn a_member(
    store: &impl Store,
    user: UserId,
    organization: OrganizationId,
    role: Role,
) -> Membership {
    let place = place(user, organization, role);
    let made = store.add_member(&place, note("member.add", user)).await.unwrap();
    assert!(matches!(made, Creation::Done(_)), "{made:?}");
    place
}

/// Keeps the n-th group.
pub(crate) async fn a_group(store: &impl Store, n: u64, organization: OrganizationId) -> Group {
    let new = group(n, organization);
    let made = store.create_group(&new, note("group.create", new.id)).await.unwrap();
    let Creation::Done(number) = made else { panic!("{made:?}") };
    Group { number, ..new }
}

/// Keeps the n-th application.
pub(crate) async fn an_application(
    store: &impl Store,
    n: u64,
    organization: OrganizationId,
) -> Application {
    let new = application(n, organization);
    let note = note("application.create", new.id);
    let made = store.create_application(&new, None, note).await.unwrap();
    let Creation::Done(number) = made else { panic!("{made:?}") };
    Application { number, ..new }
}

/// Keeps the n-th service account.
pub(crate) async fn a_service_account(
    store: &impl Store,
    n: u64,
    organization: OrganizationId,
) -> ServiceAccount {
    let new = service_account(n, organization);
    let note = note("service_account.create", new.id);
    let made = store.create_service_account(&new, None, note).await.unwrap();
    let Creation::Done(number) = made else { panic!("{made:?}") };
    ServiceAccount { number, ..new }
}

/// Keeps a token, with the secret whose number is the token's.
pub(crate) async fn kept(store: &impl Store, n: u64, token: Token) -> Token {
    let note = note("token.issue", token.id);
    let made = store.insert_token(&token, secret(n), None, note).await.unwrap();
    let Insertion::Done(number) = made else { panic!("{made:?}") };
    Token { number, ..token }
}

/// Keeps the n-th session. Its first refresh token has the n-th digest.
pub(crate) async fn opened(store: &impl Store, n: u64, session: Session) -> Session {
    let note = note("session.open", session.id);
    assert_eq!(store.open_session(&session, digest(n), None, note).await, Ok(Change::Done));
    store.session_standing(session.id).await.unwrap().unwrap().session
}

/// How many entries the journal has.
pub(crate) async fn entries(store: &impl Store) -> usize {
    store.entries_after(&Cursors::new(), 10_000).await.unwrap().len()
}
