//! What can happen to a token. Who may hold one is in `holders.rs`, how it is used in `uses.rs`.

use std::sync::Arc;

use authority::permission::{Marks, Role};
use authority::scope::Scopes;
use authority::secret::Kind;
use authority::token::store::{Revocation, TokenChange, TokenFilter};
use authority::token::{Holder, Limits, Networks, Rate, Token};

use super::given::*;
use super::race::race;
use crate::empty_store;

#[tokio::test]
async fn a_new_token_is_kept_whole() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, alice.id).await;
    let full = Token {
        kind: Kind::ApiKey,
        created_by: Some(id(70)),
        uses_left: Some(3),
        limits: Limits {
            not_before: Some(after(1)),
            networks: Networks::parse("192.0.2.0/24 2001:db8::/32").unwrap(),
            rate: Some(Rate::new(100, 60).unwrap()),
        },
        disabled: true,
        parent: Some(id(71)),
        session: Some(id(72)),
        label: "a label \u{1F511}".to_owned(),
        modified_at: after(1),
        last_used_at: Some(after(2)),
        ..bound(1, Holder::User(alice.id), shop.id)
    };
    let full = kept(&*store, 1, full).await;
    let bare = Token { expires_at: None, ..token(2, Holder::User(alice.id)) };
    let bare = kept(&*store, 2, bare).await;

    for token in [full, bare] {
        assert_eq!(store.token_standing(token.id).await.unwrap().unwrap().token, token);
    }
    assert_eq!(store.token_standing(id(1000)).await, Ok(None));
}

#[tokio::test]
async fn a_token_is_found_by_any_of_several_digests_with_all_that_its_goodness_depends_on() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, alice.id).await;
    let token = kept(&*store, 1, bound(1, Holder::User(alice.id), shop.id)).await;

    let found = store.standing(&[digest(8), digest(1), digest(9)]).await.unwrap().unwrap();
    assert_eq!((&found.token, found.secret_until), (&token, None));
    assert_eq!(&*found.holder.name, "user1");
    assert_eq!((found.holder.disabled, found.holder.epoch), (false, 0));
    assert_eq!((found.holder.role, found.holder.marks), (Some(Role::Owner), Marks::default()));
    let organization = found.organization.unwrap();
    assert_eq!((organization.suspended, organization.epoch), (false, 0));
    assert_eq!(store.standing(&[digest(8), digest(9)]).await, Ok(None));
    assert_eq!(store.standing(&[]).await, Ok(None));
}

#[tokio::test]
async fn tokens_are_listed_in_the_order_of_their_numbers_page_by_page() {
    let store = empty_store().await;
    let holder = Holder::User(a_user(&*store, 1).await.id);
    let mut all = Vec::new();
    for n in 1..=5 {
        all.push(kept(&*store, n, token(n, holder)).await);
    }
    let filter = TokenFilter::default();
    assert_eq!(store.tokens(&filter, Page::first(3)).await.unwrap(), all[..3]);
    let page = Page { after: all[2].number, limit: 3 };
    assert_eq!(store.tokens(&filter, page).await.unwrap(), all[3..]);
    let page = Page { after: all[4].number, limit: 3 };
    assert_eq!(store.tokens(&filter, page).await, Ok(vec![]));
}

#[tokio::test]
async fn each_part_of_a_filter_must_fit() {
    let store = empty_store().await;
    let alice = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, alice.id).await;
    let till = an_application(&*store, 1, shop.id).await;
    let alice_id = alice.id;
    let (alice, till) = (Holder::User(alice.id), Holder::Application(till.id));
    let keys = Token { kind: Kind::ApiKey, ..bound(1, alice, shop.id) };
    kept(&*store, 1, keys).await;
    kept(&*store, 2, token(2, alice)).await;
    kept(&*store, 3, Token { kind: Kind::Integration, ..bound(3, till, shop.id) }).await;
    kept(&*store, 4, Token { expires_at: Some(after(1)), ..token(4, alice) }).await;
    kept(&*store, 5, Token { expires_at: None, ..token(5, alice) }).await;
    kept(&*store, 6, Token { uses_left: Some(0), ..token(6, alice) }).await;
    store
        .revoke_token(id(2), note("token.revoke", id::<authority::id::kind::Token>(2)))
        .await
        .unwrap();

    let labels = async |filter: TokenFilter| {
        let tokens = store.tokens(&filter, Page::first(10)).await.unwrap();
        tokens.iter().map(|token| token.label[6..].to_owned()).collect::<String>()
    };
    let filter = TokenFilter::default;
    assert_eq!(labels(filter()).await, "123456");
    assert_eq!(labels(TokenFilter { holder: Some(alice), ..filter() }).await, "12456");
    assert_eq!(labels(TokenFilter { holder: Some(till), ..filter() }).await, "3");
    assert_eq!(labels(TokenFilter { organization: Some(shop.id), ..filter() }).await, "13");
    let kinds = vec![Kind::ApiKey, Kind::Integration];
    assert_eq!(labels(TokenFilter { kinds, ..filter() }).await, "13");
    assert_eq!(labels(TokenFilter { kinds: vec![Kind::Console], ..filter() }).await, "");
    assert_eq!(labels(TokenFilter { live_at: Some(NOON), ..filter() }).await, "1345");
    assert_eq!(labels(TokenFilter { live_at: Some(after(1)), ..filter() }).await, "135");
    let both = TokenFilter { holder: Some(alice), live_at: Some(after(1)), ..filter() };
    assert_eq!(labels(both).await, "15");
    let live = || TokenFilter { live_at: Some(NOON), ..filter() };
    store
        .raise_organization_epoch(shop.id, note("organization.end_tokens", shop.id))
        .await
        .unwrap();
    assert_eq!(labels(live()).await, "45", "what an epoch has ended is not live");
    store.set_user_disabled(alice_id, true, note("user.disable", alice_id)).await.unwrap();
    assert_eq!(labels(live()).await, "");
}

#[tokio::test]
async fn a_change_touches_only_what_it_names() {
    let store = empty_store().await;
    let holder = Holder::User(a_user(&*store, 1).await.id);
    let was = kept(&*store, 1, token(1, holder)).await;
    let change = async |change: TokenChange, n| {
        store.update_token(was.id, &change, note("token.update", was.id).at(after(n))).await
    };
    let label = Some("new".to_owned());
    assert_eq!(change(TokenChange { label, ..TokenChange::default() }, 1).await, Ok(Change::Done));
    assert_eq!(
        change(TokenChange { disabled: Some(true), ..TokenChange::default() }, 2).await,
        Ok(Change::Done)
    );
    let scopes = Scopes::parse("read").unwrap();
    let change_scopes = TokenChange { scopes: Some(scopes.clone()), ..TokenChange::default() };
    assert_eq!(change(change_scopes, 3).await, Ok(Change::Done));

    let is = store.token_standing(was.id).await.unwrap().unwrap().token;
    let expected = Token {
        label: "new".to_owned(),
        disabled: true,
        scopes,
        modified_at: after(3),
        ..was.clone()
    };
    assert_eq!(is, expected);
}

#[tokio::test]
async fn a_revoked_token_is_not_changed_any_more() {
    let store = empty_store().await;
    let holder = Holder::User(a_user(&*store, 1).await.id);
    let gone = kept(&*store, 1, token(1, holder)).await.id;
    store.revoke_token(gone, note("token.revoke", gone)).await.unwrap();
    let before = entries(&*store).await;
    for id in [gone, id(50)] {
        let off = TokenChange { disabled: Some(false), ..TokenChange::default() };
        let note = || note("token.update", id);
        assert_eq!(store.update_token(id, &off, note()).await, Ok(Change::Missing));
        assert_eq!(store.rotate_token(id, secret(2), NOON, note()).await, Ok(Change::Missing));
    }
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test]
async fn the_first_revocation_sets_the_date_and_only_it_is_enrolled() {
    let store = empty_store().await;
    let holder = Holder::User(a_user(&*store, 1).await.id);
    let token = kept(&*store, 1, token(1, holder)).await;
    let before = entries(&*store).await;
    let revoke =
        async |at| store.revoke_token(token.id, note("token.revoke", token.id).at(at)).await;

    assert_eq!(revoke(after(1)).await, Ok(Revocation::Done));
    assert_eq!(revoke(after(2)).await, Ok(Revocation::AlreadyDone));

    let standing = store.standing(&[digest(1)]).await.unwrap().unwrap();
    assert_eq!(standing.token.revoked_at, Some(after(1)));
    assert_eq!(entries(&*store).await, before + 1);
    let nothing = id::<authority::id::kind::Token>(50);
    let missing = store.revoke_token(nothing, note("token.revoke", nothing)).await;
    assert_eq!(missing, Ok(Revocation::Missing));
    assert_eq!(entries(&*store).await, before + 1);
}

#[tokio::test]
async fn a_rotated_secret_lives_on_until_its_overlap_ends_and_the_one_before_ends_now() {
    let store = empty_store().await;
    let holder = Holder::User(a_user(&*store, 1).await.id);
    let token = kept(&*store, 1, token(1, holder)).await;
    let rotate = async |n, until| {
        let note = note("token.rotate", token.id).at(after(1));
        store.rotate_token(token.id, secret(n), until, note).await
    };
    let until = async |n| {
        let found = store.standing(&[digest(n)]).await.unwrap();
        found.map(|standing| (standing.token.id, standing.secret_until))
    };
    assert_eq!(rotate(2, after(60)).await, Ok(Change::Done));
    assert_eq!(until(1).await, Some((token.id, Some(after(60)))));
    assert_eq!(until(2).await, Some((token.id, None)));

    assert_eq!(rotate(3, after(120)).await, Ok(Change::Done));
    assert_eq!(until(1).await, None);
    assert_eq!(until(2).await, Some((token.id, Some(after(120)))));
    assert_eq!(until(3).await, Some((token.id, None)));
    let standing = store.token_standing(token.id).await.unwrap().unwrap();
    assert_eq!((standing.secret_until, standing.token.modified_at), (None, after(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_revocations_at_once_one_sets_the_date() {
    let store = Arc::new(empty_store().await);
    let holder = Holder::User(a_user(&**store, 1).await.id);
    let one = kept(&**store, 1, token(1, holder)).await.id;
    let before = entries(&**store).await;
    let done = race(50, |n| {
        let (store, at) = (Arc::clone(&store), after(i64::try_from(n).unwrap()));
        async move { store.revoke_token(one, note("token.revoke", one).at(at)).await.unwrap() }
    })
    .await;
    assert_eq!(done.iter().filter(|done| **done == Revocation::Done).count(), 1);
    assert_eq!(done.iter().filter(|done| **done == Revocation::AlreadyDone).count(), 49);
    assert_eq!(entries(&**store).await, before + 1);
}

#[tokio::test]
async fn tombstones_are_purged_and_their_numbers_stay_used() {
    let store = empty_store().await;
    let holder = Holder::User(a_user(&*store, 1).await.id);
    kept(&*store, 1, Token { expires_at: None, ..token(1, holder) }).await;
    kept(&*store, 2, Token { expires_at: Some(after(10)), ..token(2, holder) }).await;
    kept(&*store, 3, token(3, holder)).await;
    let last = kept(&*store, 4, Token { expires_at: Some(after(1)), ..token(4, holder) }).await;
    store.revoke_token(id(3), note("token.revoke", last.id).at(after(1))).await.unwrap();
    let before = entries(&*store).await;

    assert_eq!(store.purge_tokens(after(1), 10).await, Ok(0), "strictly before");
    assert_eq!(store.purge_tokens(after(2), 1).await, Ok(1));
    assert_eq!(store.purge_tokens(after(2), 10).await, Ok(1));
    assert_eq!(store.purge_tokens(after(2), 10).await, Ok(0));

    let left = store.tokens(&TokenFilter::default(), Page::first(10)).await.unwrap();
    assert_eq!(left.iter().map(|token| token.id).collect::<Vec<_>>(), [id(1), id(2)]);
    assert_eq!(entries(&*store).await, before, "the journal keeps what happened");
    assert!(kept(&*store, 5, token(5, holder)).await.number > last.number);
}
