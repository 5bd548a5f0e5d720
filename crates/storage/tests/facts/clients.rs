//! What can happen to an OAuth 2 client. Applications at large are in `applications.rs`.

use std::sync::Arc;

use authority::application::store::ApplicationChange;
use authority::application::{Application, Client, Grant};
use authority::id::ApplicationId;
use authority::secret::Kind;
use authority::token::store::KeptSecret;
use authority::token::{Holder, Token};

use super::given::*;
use super::granting::*;
use super::race::race;
use crate::empty_store;

async fn create(
    store: &impl Store,
    new: &Application,
    secret: Option<(&Token, KeptSecret)>,
) -> Creation {
    store.create_application(new, secret, note("application.create", new.id)).await.unwrap()
}

async fn update(store: &impl Store, id: ApplicationId, change: ApplicationChange) -> Creation {
    let note = note("application.update", id).at(after(1));
    store.update_application(id, &change, note).await.unwrap()
}

async fn rename(store: &impl Store, id: ApplicationId, name: &str) -> Creation {
    let change = ApplicationChange { name: Some(name.to_owned()), ..ApplicationChange::default() };
    update(store, id, change).await
}

/// The secret of a client, as a token. Its digest is the n-th.
fn secret_of(n: u64, of: &Application) -> Token {
    let holder = Holder::Application(of.id);
    Token { kind: Kind::ClientSecret, expires_at: None, ..bound(n, holder, of.organization) }
}

#[tokio::test]
async fn a_new_client_is_kept_whole_with_its_secret_in_one_fact() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let before = entries(&*store).await;
    let web = client(1, shop.id);
    let made = create(&*store, &web, Some((&secret_of(1, &web), secret(1)))).await;
    let Creation::Done(number) = made else { panic!("{made:?}") };
    let web = Application { number, ..web };
    let open = Client {
        confidential: false,
        grant: Grant::Password,
        redirect_uris: vec![],
        skips_consent: true,
    };
    let open = Application { client: Some(open), ..client(2, shop.id) };
    let made = create(&*store, &open, None).await;
    let Creation::Done(number) = made else { panic!("{made:?}") };
    let open = Application { number, ..open };

    for client in [&web, &open] {
        assert_eq!(store.application(client.id).await, Ok(Some(client.clone())));
        assert_eq!(store.application_numbered(client.number).await, Ok(Some(client.clone())));
    }
    let shown = store.standing(&[digest(1)]).await.unwrap().unwrap();
    assert_eq!(shown.token.holder, Holder::Application(web.id));
    assert_eq!((shown.is_good(NOON), &*shown.holder.name), (Ok(()), "Client 1"));
    assert_eq!(entries(&*store).await, before + 2);
}

#[tokio::test]
async fn clients_of_an_organization_have_names_of_their_own() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let club = an_organization(&*store, 2, ada.id).await;
    let first = a_client(&*store, 1, shop.id).await;
    let before = entries(&*store).await;

    let same = Application { name: first.name.clone(), ..client(2, shop.id) };
    let taken = create(&*store, &same, Some((&secret_of(2, &same), secret(2)))).await;
    assert_eq!(taken, Creation::Taken("name"));
    assert_eq!(store.application(same.id).await, Ok(None));
    assert_eq!(store.standing(&[digest(2)]).await, Ok(None), "nor is its secret");
    assert_eq!(entries(&*store).await, before);

    let elsewhere = Application { organization: club.id, ..same.clone() };
    assert!(matches!(create(&*store, &elsewhere, None).await, Creation::Done(_)));
    let other = |slug: &str| Application { slug: slug.to_owned(), ..same.clone() };
    let plain = Application { id: id(3), client: None, ..other("plain") };
    assert!(matches!(create(&*store, &plain, None).await, Creation::Done(_)));
    assert!(matches!(rename(&*store, plain.id, &first.name).await, Creation::Done(_)));
    let note = note("application.archive", first.id);
    store.archive_application(first.id, note).await.unwrap();
    let heir = Application { id: id(4), ..other("heir") };
    assert!(matches!(create(&*store, &heir, None).await, Creation::Done(_)), "the name is free");
}

#[tokio::test]
async fn a_change_of_a_client_touches_only_what_it_names() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let was = a_client(&*store, 1, shop.id).await;
    let uris = vec!["https://b.example/".to_owned(), "http://[::1]:8080/cb".to_owned()];
    let change = ApplicationChange { redirect_uris: Some(uris.clone()), ..Default::default() };
    assert_eq!(update(&*store, was.id, change).await, Creation::Done(was.number));
    let client = Client { redirect_uris: uris, ..was.client.clone().unwrap() };
    let now = Application { client: Some(client.clone()), modified_at: after(1), ..was };
    assert_eq!(store.application(now.id).await, Ok(Some(now.clone())));

    let change = ApplicationChange {
        redirect_uris: Some(vec![]),
        skips_consent: Some(true),
        ..Default::default()
    };
    assert_eq!(update(&*store, now.id, change).await, Creation::Done(now.number));
    let client = Client { redirect_uris: vec![], skips_consent: true, ..client };
    let now = Application { client: Some(client), ..now };
    assert_eq!(store.application(now.id).await, Ok(Some(now)));
}

#[tokio::test]
async fn a_client_is_renamed_unless_the_name_is_used() {
    let store = empty_store().await;
    let ada = a_user(&*store, 1).await;
    let shop = an_organization(&*store, 1, ada.id).await;
    let first = a_client(&*store, 1, shop.id).await;
    let second = a_client(&*store, 2, shop.id).await;
    let before = entries(&*store).await;
    assert_eq!(rename(&*store, second.id, &first.name).await, Creation::Taken("name"));
    assert_eq!(rename(&*store, id(9), "New").await, Creation::Missing);
    assert_eq!(store.application(second.id).await, Ok(Some(second.clone())));
    assert_eq!(entries(&*store).await, before);
    assert_eq!(rename(&*store, second.id, &second.name).await, Creation::Done(second.number));
    assert_eq!(rename(&*store, second.id, "New").await, Creation::Done(second.number));
    assert_eq!(rename(&*store, first.id, "Client 2").await, Creation::Done(first.number));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_clients_who_take_one_name_at_once_one_gets_it() {
    let store = Arc::new(empty_store().await);
    let ada = a_user(&**store, 1).await;
    let shop = an_organization(&**store, 1, ada.id).await.id;
    for n in 0..10 {
        a_client(&**store, n, shop).await;
    }
    let made = race(20, |n| {
        let store = Arc::clone(&store);
        let new = Application { name: "Till".to_owned(), ..client(n, shop) };
        async move {
            if n < 10 {
                rename(&**store, id(n), "Till").await
            } else {
                let token = secret_of(n, &new);
                create(&**store, &new, Some((&token, secret(n)))).await
            }
        }
    })
    .await;
    assert_eq!(made.iter().filter(|made| matches!(made, Creation::Done(_))).count(), 1);
    assert_eq!(made.iter().filter(|made| **made == Creation::Taken("name")).count(), 19);
}
