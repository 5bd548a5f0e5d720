//! What the facts about clients and grants begin with.

use authority::account::Session;
use authority::account::store::Turn;
use authority::application::{Application, Client, Grant};
use authority::grant::store::{Code, Ground, Pair};
use authority::id::{ApplicationId, OrganizationId, UserId};
use authority::scope::Scopes;
use authority::token::store::{Insertion, KeptSecret};
use authority::token::{Holder, Token};

use super::given::*;

/// The n-th application, `Client <n>`, which is a confidential one.
pub(crate) fn client(n: u64, organization: OrganizationId) -> Application {
    Application {
        name: format!("Client {n}"),
        client: Some(Client {
            confidential: true,
            grant: Grant::Code,
            redirect_uris: vec!["https://a.example/cb".to_owned()],
            skips_consent: false,
        }),
        ..application(n, organization)
    }
}

/// Keeps the n-th client, without a secret.
pub(crate) async fn a_client(
    store: &impl Store,
    n: u64,
    organization: OrganizationId,
) -> Application {
    let new = client(n, organization);
    let note = note("application.create", new.id);
    let made = store.create_application(&new, None, note).await.unwrap();
    let Creation::Done(number) = made else { panic!("{made:?}") };
    Application { number, ..new }
}

/// A user and a client of the user's organization, each the first.
pub(crate) async fn a_user_and_a_client(store: &impl Store) -> (UserId, ApplicationId) {
    let ada = a_user(store, 1).await;
    let shop = an_organization(store, 1, ada.id).await;
    (ada.id, a_client(store, 1, shop.id).await.id)
}

/// The n-th grant: the n-th session and token. Its refresh token has the digest 10,000 + n.
pub(crate) fn pair(n: u64, user: UserId, to: ApplicationId) -> Pair {
    let session = Session { application: Some(to), ..session(n, user) };
    let token =
        Token { application: Some(to), session: Some(session.id), ..token(n, Holder::User(user)) };
    Pair { session, refresh: digest(10_000 + n), token, secret: secret(n) }
}

/// Tries to keep a grant.
pub(crate) async fn open(store: &impl Store, pair: &Pair, ground: Ground) -> Insertion {
    store.open_grant(pair, ground, None, note("grant.open", pair.session.id)).await.unwrap()
}

/// Keeps a grant that a credential allows.
pub(crate) async fn granted(store: &impl Store, pair: Pair) -> Pair {
    let made = open(store, &pair, Ground::Credential).await;
    let Insertion::Done(number) = made else { panic!("{made:?}") };
    let session = store.session_standing(pair.session.id).await.unwrap().unwrap().session;
    Pair { session, token: Token { number, ..pair.token }, ..pair }
}

/// The step from a grant's first generation to the next, whose tokens are the n-th, a second after
/// [`NOON`].
pub(crate) fn next(of: &Pair, n: u64) -> (Turn, Token, KeptSecret) {
    let turn = Turn {
        session: of.session.id,
        from: of.session.generation,
        refresh: digest(10_000 + n),
        organization: None,
        born: of.session.born,
        floor: of.session.floor,
        expires_at: after(100_000),
        only_unused: false,
        at: after(1),
    };
    let token = Token { id: id(n), number: 0, label: format!("token {n}"), ..of.token.clone() };
    (turn, token, secret(n))
}

/// Takes a step.
pub(crate) async fn turned(
    store: &impl Store,
    (turn, token, secret): &(Turn, Token, KeptSecret),
) -> Insertion {
    let note = note("grant.refresh", turn.session).at(turn.at);
    store.turn_grant(turn, token, *secret, note).await.unwrap()
}

/// The n-th code, for a minute. Its digest is 20,000 + n.
pub(crate) fn code(n: u64, user: UserId, application: ApplicationId) -> Code {
    Code {
        id: id(n),
        user,
        application,
        scopes: Scopes::parse("read").unwrap(),
        redirect_uri: "https://a.example/cb".to_owned(),
        challenge: None,
        plain: false,
        created_at: NOON,
        expires_at: after(60),
        session: None,
        born: 0,
    }
}

/// Tries to keep the n-th code.
pub(crate) async fn keep(store: &impl Store, n: u64, code: &Code) -> Change {
    store.keep_code(code, digest(20_000 + n), note("code.create", code.id)).await.unwrap()
}
