//! Who acts for another is named (RFC 8693, section 4.1).

use authority::token::{Limits, Rate};

use super::*;

fn made(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_client_that_exchanges_anothers_token_acts_for_its_holder() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let client = court.client(&court.acme);
    let first = made(&ask(&client, &exchange_of(key.secret.reveal(), &[])).await);
    let id = court.acme.application.id.to_string();
    let claims = part(&first, 1);
    assert_eq!(claims["act"], serde_json::json!({ "sub": id }));
    assert_eq!((&claims["client_id"], &claims["sub"]), (&id.clone().into(), &part_sub(&key)));
    // An actor's token names somebody else, who acts now; the client acted before.
    let vera = court.world.member("will", court.acme.id, Role::Admin).await;
    let wills = court.world.personal("will", Wish::default()).await;
    let actor = [("actor_token", wills.secret.reveal()), ("actor_token_type", ACCESS_TOKEN)];
    let second = made(&ask(&client, &exchange_of(&first, &actor)).await);
    let will = vera.id.to_string();
    let expected = serde_json::json!({ "sub": will, "act": { "sub": id } });
    assert_eq!(part(&second, 1)["act"], expected);
    let told = court.told(&court.acme, &second).await.json();
    assert_eq!((&told["act"], &told["client_id"]), (&expected, &id.into()));
}

fn part_sub(issued: &Issued) -> serde_json::Value {
    issued.token.holder.parts().1.to_string().into()
}

#[tokio::test]
async fn an_actor_must_be_good_and_one_who_may_be_told_of_the_token() {
    let court = Court::new().await;
    let key = court.key(&court.acme, Wish::default()).await;
    let actor = async |token: &str| {
        let more = [("actor_token", token), ("actor_token_type", ACCESS_TOKEN)];
        let answer = ask(&court.stranger, &exchange_of(key.secret.reveal(), &more)).await;
        (answer.status.as_u16(), answer.json()["error"].clone())
    };
    let bobs = court.key(&court.bolt, Wish::default()).await;
    assert_eq!(actor(bobs.secret.reveal()).await, (400, "invalid_request".into()));
    assert_eq!(actor("tkak_nonsense").await, (400, "invalid_request".into()));
    let veras = court.world.personal("vera", Wish::default()).await;
    assert_eq!(actor(veras.secret.reveal()).await, (400, "unauthorized_client".into()));
    let own = court.world.personal("alice", Wish::default()).await;
    assert_eq!(actor(own.secret.reveal()).await, (200, serde_json::Value::Null));
}

#[tokio::test]
async fn a_counted_actor_gives_one_use_and_a_token_for_others_is_no_actors() {
    let court = Court::new().await;
    court.world.member("will", court.acme.id, Role::Admin).await;
    let key = court.key(&court.acme, Wish::default()).await;
    let wish = Wish { uses: Some(1), ..Wish::default() };
    let once = court.world.key("will", court.acme.id, wish).await;
    let more = [("actor_token", once.secret.reveal()), ("actor_token_type", ACCESS_TOKEN)];
    let form = exchange_of(key.secret.reveal(), &more);
    assert_eq!(ask(&court.stranger, &form).await.status, 200);
    assert_eq!(ask(&court.stranger, &form).await.status, 400, "its use is gone");
    let wills = court.world.key("will", court.acme.id, Wish::default()).await;
    let aimed = exchange_of(wills.secret.reveal(), &[("audience", "depot")]);
    let aimed = made(&ask(&court.stranger, &aimed).await);
    let more = [("actor_token", aimed.as_str()), ("actor_token_type", ACCESS_TOKEN)];
    let answer = ask(&court.stranger, &exchange_of(key.secret.reveal(), &more)).await;
    assert_eq!(answer.json()["error"], "invalid_request");
}

#[tokio::test]
async fn a_form_that_is_refused_takes_nothing_of_the_actors_rate_and_a_wait_is_told_whole() {
    let court = Court::new().await;
    court.world.member("will", court.acme.id, Role::Admin).await;
    let key = court.key(&court.acme, Wish::default()).await;
    let limits = Limits { rate: Some(Rate::new(2, 3).unwrap()), ..Limits::default() };
    let wills = court.world.key("will", court.acme.id, Wish { limits, ..Wish::default() }).await;
    let more = [("actor_token", wills.secret.reveal()), ("actor_token_type", ACCESS_TOKEN)];
    let asks = async |last: &[(&str, &str)]| {
        let form = exchange_of(key.secret.reveal(), &more);
        ask(&court.stranger, &[form.as_slice(), last].concat()).await
    };
    for wrong in [[("requested_token_type", "urn:x")], [("scope", "no scope!")]] {
        for _ in 0..3 {
            assert_eq!(asks(&wrong).await.status, 400, "{wrong:?}");
        }
    }
    assert_eq!(asks(&[]).await.status, 200);
    assert_eq!(asks(&[]).await.status, 200);
    let answer = asks(&[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "2"), "of 1.5 s");
}
