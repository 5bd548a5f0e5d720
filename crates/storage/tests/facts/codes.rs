//! What can happen to an authorization code.

use std::sync::Arc;

use authority::grant::store::{Code, Ground};
use authority::token::Born;
use authority::token::store::Insertion;

use super::given::*;
use super::granting::*;
use super::race::race;
use crate::empty_store;

#[tokio::test]
async fn a_new_code_is_kept_whole_and_found_by_any_of_several_digests() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let challenge = Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned());
    let full = Code { challenge, plain: true, ..code(1, ada, till) };
    assert_eq!(keep(&*store, 1, &full).await, Change::Done);
    let bare = code(2, ada, till);
    assert_eq!(keep(&*store, 2, &bare).await, Change::Done);

    let found = store.code(&[digest(9), digest(20_001), digest(8)]).await;
    assert_eq!(found, Ok(Some(full)));
    assert_eq!(store.code(&[digest(20_002)]).await, Ok(Some(bare)));
    assert_eq!(store.code(&[digest(1), digest(20_003)]).await, Ok(None));
    assert_eq!(store.code(&[]).await, Ok(None));
}

#[tokio::test]
async fn nobody_gets_a_code_of_a_user_or_for_an_application_that_is_gone() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let shop = store.application(till).await.unwrap().unwrap().organization;
    let gone = a_client(&*store, 2, shop).await.id;
    store.archive_application(gone, note("application.archive", gone)).await.unwrap();
    let bob = a_user(&*store, 2).await.id;
    store.set_user_disabled(bob, true, note("user.disable", bob)).await.unwrap();
    let before = entries(&*store).await;

    let fine = code(1, ada, till);
    let refused = [
        code(1, id(9), till),
        code(1, ada, id(9)),
        code(1, ada, gone),
        Code { born: 1, ..code(1, bob, till) },
        Code { born: 1, ..fine.clone() },
    ];
    for code in refused {
        assert_eq!(keep(&*store, 1, &code).await, Change::Missing, "{code:?}");
        assert_eq!(store.code(&[digest(20_001)]).await, Ok(None));
    }
    assert_eq!(entries(&*store).await, before);
    store.set_organization_suspended(shop, true, note("organization.suspend", shop)).await.unwrap();
    assert_eq!(keep(&*store, 1, &fine).await, Change::Missing);
}

#[tokio::test]
async fn a_code_is_redeemed_once_and_known_when_it_comes_back() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let kept = code(1, ada, till);
    keep(&*store, 1, &kept).await;
    let ground = Ground::Code(kept.id);

    let made = open(&*store, &pair(1, ada, till), ground).await;
    assert!(matches!(made, Insertion::Done(_)), "{made:?}");
    let redeemed = Code { session: Some(id(1)), ..kept };
    assert_eq!(store.code(&[digest(20_001)]).await, Ok(Some(redeemed.clone())));

    let before = entries(&*store).await;
    assert_eq!(open(&*store, &pair(2, ada, till), ground).await, Insertion::HolderGone);
    assert_eq!(store.session_standing(id(2)).await, Ok(None));
    assert_eq!(store.token_standing(id(2)).await, Ok(None));
    assert_eq!(store.code(&[digest(20_001)]).await, Ok(Some(redeemed)));
    assert_eq!(entries(&*store).await, before);
}

#[tokio::test]
async fn a_code_that_is_over_is_not_redeemed() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    keep(&*store, 1, &code(1, ada, till)).await;
    let redeem = async |n, code: u64, seconds| {
        let pair = pair(n, ada, till);
        let note = note("grant.open", pair.session.id).at(after(seconds));
        store.open_grant(&pair, Ground::Code(id(code)), None, note).await.unwrap()
    };
    assert_eq!(redeem(1, 1, 60).await, Insertion::HolderGone, "it has expired");
    assert_eq!(redeem(1, 9, 0).await, Insertion::HolderGone, "there is none");
    assert!(matches!(redeem(1, 1, 59).await, Insertion::Done(_)));
}

#[tokio::test]
async fn a_code_of_an_earlier_epoch_is_not_redeemed() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    keep(&*store, 1, &code(1, ada, till)).await;
    for disabled in [true, false] {
        store.set_user_disabled(ada, disabled, note("user.disable", ada)).await.unwrap();
    }
    let mut anew = pair(1, ada, till);
    anew.session.born = Born { holder: 1, organization: 0 };
    anew.token.born = anew.session.born;
    assert_eq!(open(&*store, &anew, Ground::Code(id(1))).await, Insertion::HolderGone);
    assert!(matches!(open(&*store, &anew, Ground::Credential).await, Insertion::Done(_)));
}

#[tokio::test]
async fn a_holder_with_no_room_redeems_nothing() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    let kept = code(1, ada, till);
    keep(&*store, 1, &kept).await;
    let before = entries(&*store).await;
    let redeem = async |most| {
        let pair = pair(1, ada, till);
        let note = note("grant.open", pair.session.id);
        store.open_grant(&pair, Ground::Code(kept.id), Some(most), note).await.unwrap()
    };
    assert_eq!(redeem(0).await, Insertion::TooMany);
    assert_eq!(store.code(&[digest(20_001)]).await, Ok(Some(kept.clone())));
    assert_eq!(store.session_standing(id(1)).await, Ok(None));
    assert_eq!(entries(&*store).await, before);
    assert!(matches!(redeem(1).await, Insertion::Done(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_redeem_one_code_at_once_one_does() {
    let store = Arc::new(empty_store().await);
    let (ada, till) = a_user_and_a_client(&**store).await;
    for round in 0..5 {
        keep(&**store, round, &code(round, ada, till)).await;
        let made = race(20, |n| {
            let store = Arc::clone(&store);
            let pair = pair(100 * round + n, ada, till);
            async move { (pair.session.id, open(&**store, &pair, Ground::Code(id(round))).await) }
        })
        .await;
        let (done, refused): (Vec<_>, Vec<_>) =
            made.into_iter().partition(|(_, made)| matches!(made, Insertion::Done(_)));
        assert_eq!((done.len(), refused.len()), (1, 19));
        assert!(refused.iter().all(|(_, made)| *made == Insertion::HolderGone));
        let code = store.code(&[digest(20_000 + round)]).await.unwrap().unwrap();
        assert_eq!(code.session, Some(done[0].0));
        for (session, _) in refused {
            assert_eq!(store.session_standing(session).await, Ok(None));
            assert_eq!(store.token_of_grant(session).await, Ok(None));
        }
    }
}

#[tokio::test]
async fn old_codes_are_purged_redeemed_or_not() {
    let store = empty_store().await;
    let (ada, till) = a_user_and_a_client(&*store).await;
    for n in 1..=4 {
        let expires_at = after(if n == 4 { 120 } else { 60 });
        keep(&*store, n, &Code { expires_at, ..code(n, ada, till) }).await;
    }
    open(&*store, &pair(1, ada, till), Ground::Code(id(1))).await;
    let before = entries(&*store).await;
    assert_eq!(store.purge_codes(after(60), 10).await, Ok(0), "strictly before");
    assert_eq!(store.purge_codes(after(61), 2).await, Ok(2));
    assert_eq!(store.purge_codes(after(61), 10).await, Ok(1));
    for n in 1..=4 {
        let found = store.code(&[digest(20_000 + n)]).await.unwrap();
        assert_eq!(found.is_some(), n == 4);
    }
    assert!(store.session_standing(id(1)).await.unwrap().is_some(), "its grant lives on");
    assert_eq!(entries(&*store).await, before);
}
