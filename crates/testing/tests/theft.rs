//! Group 12 of the attack book on the core: what a copy of the database is worth without the keys.

use std::sync::Arc;

use authority::clock::SystemClock;
use authority::entropy::SystemEntropy;
use authority::token::{Reason, Verdict, Wish};
use authority::{Authority, OpenError, Parts, Policy, RootKey};
use rusqlite::Connection;
use storage::sqlite::{Options, Sqlite};
use testing::World;

#[tokio::test]
async fn a187_no_value_in_the_database_authenticates() {
    let world = World::new().await;
    let issued = world.personal("root", Wish::default()).await;
    let database = Connection::open(world.file()).unwrap();
    let digest: Vec<u8> = database
        .query_row("SELECT digest FROM tokens WHERE kind = 'pt'", [], |row| row.get(0))
        .unwrap();
    let hex = digest.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    for guess in [hex.clone(), format!("tkpt_{hex}"), issued.token.id.to_string()] {
        let verdict = world.authority.verify(&guess, &World::ANY).await.unwrap();
        assert!(matches!(verdict, Verdict::Bad(Reason::Malformed, None)), "{verdict:?}");
    }
}

#[tokio::test]
async fn a187_a_row_planted_with_the_plain_hash_of_a_chosen_token_is_refused() {
    let world = World::new().await;
    world.personal("root", Wish::default()).await;
    let other = World::with(|policy| policy.tokens.longest_life = None).await;
    let chosen = other.personal("root", Wish::default()).await;
    let text = chosen.secret.reveal();
    let sha256 = {
        let plain = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        plain.as_ref().to_vec()
    };
    let database = Connection::open(world.file()).unwrap();
    let planted =
        database.execute("UPDATE tokens SET digest = ?1 WHERE kind = 'pt'", [sha256]).unwrap();
    assert_eq!(planted, 1);
    let verdict = world.authority.verify(text, &World::ANY).await.unwrap();
    assert!(matches!(verdict, Verdict::Bad(..)), "{verdict:?}");
}

#[tokio::test]
async fn a187_a_copy_without_the_key_file_does_not_open() {
    let world = World::new().await;
    let copy = tempfile::TempDir::new().unwrap();
    let file = copy.path().join("chancery.db");
    let database = Connection::open(world.file()).unwrap();
    database.execute("VACUUM INTO ?1", [file.to_str().unwrap()]).unwrap();
    let parts = Parts {
        store: Arc::new(Sqlite::open(&file, Options::default()).unwrap()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        outbox: world.tray.clone(),
        root: RootKey::new([8; 32], &[1]),
        policy: Policy::default(),
    };
    assert!(matches!(Authority::open(parts).await, Err(OpenError::ForeignKeys)));
}
