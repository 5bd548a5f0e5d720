//! Three nodes on one real PostgreSQL: what one revokes, the others forget in time; what can happen
//! once happens once.
//!
//! `CHANCERY_TEST_POSTGRES` is the URL of a server where databases may be created.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

use std::sync::Arc;
use std::time::Duration;

use authority::account::{Login, NewUser, User};
use authority::application::ServiceAccount;
use authority::application::store::ServiceAccountChange;
use authority::id::OrganizationId;
use authority::permission::Role;
use authority::secret::Secret;
use authority::slug::Named;
use authority::token::{Exchange, Narrowing, Reason, Verdict, Wish};
use authority::{Actor, Authority, Error, FirstAdministrator, Parts, Policy, Refusal, RootKey};
use storage::postgres::{Options, Postgres};
use testing::{HandClock, LoadedDice, PASSWORD, Tray, World};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

/// Some nodes, each with a clock of its own.
struct Cluster {
    nodes: Vec<(Authority, Arc<HandClock>)>,
    server: Client,
    name: String,
}

impl Cluster {
    async fn new(name: &str) -> Self {
        let url = std::env::var("CHANCERY_TEST_POSTGRES").expect("a server to test on is named");
        let (server, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let name = format!("chancery_nodes_{name}_{}", std::process::id());
        for sql in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
            server.batch_execute(&format!("{sql} {name}")).await.unwrap();
        }
        let (base, _) = url.rsplit_once('/').unwrap();
        let url = format!("{base}/{name}");
        let mut nodes = Vec::new();
        for number in 0..3 {
            nodes.push(node(&url, number).await);
        }
        Self { nodes, server, name }
    }

    /// Nobody reaches the database any more.
    async fn cut(&self) {
        let name = &self.name;
        let sql = format!(
            "ALTER DATABASE {name} ALLOW_CONNECTIONS false;
            SELECT pg_terminate_backend(pid)
            FROM pg_stat_activity
            WHERE datname = '{name}'"
        );
        self.server.batch_execute(&sql).await.unwrap();
    }

    fn node(&self, number: usize) -> &Authority {
        &self.nodes[number].0
    }

    fn advance(&self, time: Duration) {
        for (_, clock) in &self.nodes {
            clock.advance(time);
        }
    }
}

async fn node(url: &str, number: u64) -> (Authority, Arc<HandClock>) {
    let clock = Arc::new(HandClock::default());
    let parts = Parts {
        store: Arc::new(Postgres::open(url, Options::default()).await.unwrap()),
        clock: clock.clone(),
        entropy: Arc::new(LoadedDice::new(number << 32)),
        outbox: Arc::new(Tray::default()),
        root: RootKey::new([7; 32], &[1]),
        policy: Policy::default(),
    };
    let authority = Authority::open(parts).await.unwrap();
    let root = FirstAdministrator { username: "root", email: None, password: PASSWORD };
    authority.found(root).await.unwrap();
    authority.follow().await.unwrap();
    (authority, clock)
}

async fn issue(authority: &Authority, wish: Wish) -> (Actor, authority::token::Issued) {
    let login = Login { login: "root", password: PASSWORD, code: None };
    let root = authority.authenticate_password(login, &World::door()).await.unwrap();
    let issued = authority.issue(&root, wish).await.unwrap();
    (root, issued)
}

async fn is_good(authority: &Authority, secret: &str) -> bool {
    matches!(authority.verify(secret, &World::ANY).await.unwrap(), Verdict::Good(_))
}

#[tokio::test]
async fn a074_a_token_revoked_on_one_node_is_dead_on_each_within_the_lease() {
    let cluster = Cluster::new("a074").await;
    let (root, issued) = issue(cluster.node(0), Wish::default()).await;
    let secret = issued.secret.reveal();
    for number in 0..3 {
        assert!(is_good(cluster.node(number), secret).await);
    }

    cluster.node(0).revoke(&root, issued.token.id).await.unwrap();
    assert!(!is_good(cluster.node(0), secret).await, "at once where it was revoked");
    cluster.node(1).follow().await.unwrap();
    assert!(!is_good(cluster.node(1), secret).await, "at once where the journal was read");
    cluster.advance(Duration::from_millis(500));
    assert!(!is_good(cluster.node(2), secret).await, "and past the lease where it was not");
}

#[tokio::test]
async fn rules_that_one_node_takes_hold_on_each_that_reads_the_journal() {
    let cluster = Cluster::new("rules").await;
    let (root, _) = issue(cluster.node(0), Wish::default()).await;
    let sha256 = |node: usize| cluster.node(node).rules().map(|rules| rules.sha256.clone());
    let text = "described_by = [\"grpc\"]";

    cluster.node(0).change_rules(&root, text).await.unwrap();
    let taken = sha256(0);
    assert!(taken.is_some(), "at once where they were changed");
    assert_eq!(sha256(1), None);
    cluster.node(1).follow().await.unwrap();
    assert_eq!(sha256(1), taken, "and where the journal was read");

    cluster.node(1).change_rules(&root, &format!("{text}\notherwise = \"any\"")).await.unwrap();
    for node in 0..3 {
        cluster.node(node).follow().await.unwrap();
        assert_eq!(sha256(node), sha256(1));
    }
    assert_ne!(sha256(1), taken);

    cluster.node(2).drop_rules(&root).await.unwrap();
    cluster.node(0).follow().await.unwrap();
    assert_eq!(sha256(0), None);
    assert!(sha256(1).is_some(), "a node that has not read goes on with what it has");
}

/// Of a kept token, and of a session's: each node has what was made of them in memory.
#[tokio::test]
async fn a074_an_exchanged_token_is_dead_on_each_node_within_the_lease_of_its_parents_end() {
    let cluster = Cluster::new("a074_exchanged").await;
    let first = cluster.node(0);
    let (root, issued) = issue(first, Wish::default()).await;
    let login = Login { login: "root", password: PASSWORD, code: None };
    let session = first.log_in(login, None, false, &World::door()).await.unwrap();
    let narrowing = Narrowing::default();
    let exchange = async |subject: &str| {
        let exchange = Exchange {
            subject,
            client: None,
            actor: None,
            narrowing: &narrowing,
            visit: World::VISIT,
        };
        first.exchange(exchange).await.unwrap().access
    };
    let one = exchange(issued.secret.reveal()).await;
    let two = exchange(one.reveal()).await;
    let made = [one, two, exchange(session.access.reveal()).await];
    for (node, made) in (0..3).flat_map(|node| made.iter().map(move |made| (node, made))) {
        assert!(is_good(cluster.node(node), made.reveal()).await, "{node}");
    }

    first.revoke(&root, issued.token.id).await.unwrap();
    first.end_session(&root, session.session.id).await.unwrap();
    cluster.node(1).follow().await.unwrap();
    for (node, made) in (0..2).flat_map(|node| made.iter().map(move |made| (node, made))) {
        assert!(!is_good(cluster.node(node), made.reveal()).await, "at once on {node}");
    }
    cluster.advance(Duration::from_millis(500));
    for made in &made {
        assert!(!is_good(cluster.node(2), made.reveal()).await, "and past the lease");
    }
}

/// Whether a token may make tokens of Shop's.
async fn makes(authority: &Authority, organization: OrganizationId, secret: &str) -> bool {
    let actor = authority.authenticate(secret, &World::VISIT).await.unwrap();
    let shop = Named::Slugged("shop".to_owned());
    let made = authority.create_integration(&actor, (organization, &shop), (None, None)).await;
    assert!(matches!(made, Ok(_) | Err(Error::Refused(Refusal::NotPermitted(_)))), "{made:?}");
    made.is_ok()
}

/// Mia, and a robot, as administrators of an organization with an app "Shop", and a secret of each.
async fn hired(
    authority: &Authority,
    root: &Actor,
) -> (OrganizationId, User, ServiceAccount, [Secret; 2]) {
    let acme = authority.create_organization(root, ("Acme", None), None).await.unwrap().id;
    authority.create_application(root, acme, ("Shop", "", None), None).await.unwrap();
    let new = NewUser {
        username: "mia".to_owned(),
        email: Some("mia@corp.test".to_owned()),
        password: Some(PASSWORD.to_owned()),
        ..NewUser::default()
    };
    let mia = authority.create_user(root, new).await.unwrap();
    authority.add_member(root, acme, (mia.id, Role::Admin)).await.unwrap();
    let login = Login { login: "mia", password: PASSWORD, code: None };
    let session = authority.log_in(login, Some(acme), false, &World::door()).await.unwrap();
    let wish = (Some("robot"), Role::Admin);
    let made = authority.create_service_account_with_token(root, acme, wish).await.unwrap();
    (acme, mia, made.0, [session.access, made.1.secret])
}

#[tokio::test]
async fn a049_a_lower_role_counts_on_each_node_within_the_lease() {
    let cluster = Cluster::new("a049_role").await;
    let first = cluster.node(0);
    let (root, _) = issue(first, Wish::default()).await;
    let (acme, mia, account, secrets) = hired(first, &root).await;
    for (node, secret) in (0..3).flat_map(|node| secrets.iter().map(move |one| (node, one))) {
        assert!(makes(cluster.node(node), acme, secret.reveal()).await, "{node}");
    }

    first.set_role(&root, acme, (mia.id, Role::Editor)).await.unwrap();
    let role = Some(Role::Editor);
    let change = ServiceAccountChange { role, ..ServiceAccountChange::default() };
    first.update_service_account(&root, account.id, change).await.unwrap();
    cluster.node(1).follow().await.unwrap();
    for (node, secret) in (0..2).flat_map(|node| secrets.iter().map(move |one| (node, one))) {
        assert!(!makes(cluster.node(node), acme, secret.reveal()).await, "at once on {node}");
    }
    cluster.advance(Duration::from_millis(500));
    for secret in &secrets {
        assert!(!makes(cluster.node(2), acme, secret.reveal()).await, "and past the lease");
    }
}

#[tokio::test]
async fn a074_a_node_that_is_cut_off_answers_within_the_lease_and_then_not_at_all() {
    let cluster = Cluster::new("a074_cut").await;
    let (_, issued) = issue(cluster.node(0), Wish::default()).await;
    let secret = issued.secret.reveal();
    assert!(is_good(cluster.node(1), secret).await);

    cluster.cut().await;
    cluster.advance(Duration::from_millis(499));
    assert!(is_good(cluster.node(1), secret).await);
    cluster.advance(Duration::from_millis(1));
    assert!(cluster.node(1).verify(secret, &World::ANY).await.is_err());
    assert!(cluster.node(1).follow().await.is_err(), "and no lease is had without the journal");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a033_a_use_once_token_is_accepted_once_over_three_nodes() {
    let cluster = Cluster::new("a033").await;
    for _ in 0..10 {
        let (_, issued) = issue(cluster.node(0), Wish { uses: Some(1), ..Wish::default() }).await;
        let barrier = Arc::new(Barrier::new(60));
        let mut tasks = JoinSet::new();
        for number in 0..60 {
            let authority = cluster.node(number % 3).clone();
            let (secret, barrier) = (issued.secret.clone(), Arc::clone(&barrier));
            tasks.spawn(async move {
                barrier.wait().await;
                authority.verify(secret.reveal(), &World::ANY).await.unwrap()
            });
        }
        let verdicts = tasks.join_all().await;
        let yes = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Good(_))).count();
        let spent = verdicts.iter().filter(|v| matches!(v, Verdict::Bad(Reason::Spent, _))).count();
        assert_eq!((yes, spent), (1, 59));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a055_one_refresh_wins_over_three_nodes_and_the_journal_verifies() {
    let cluster = Cluster::new("a055").await;
    let login = Login { login: "root", password: PASSWORD, code: None };
    let opened = cluster.node(0).log_in(login, None, false, &World::door()).await.unwrap();
    let barrier = Arc::new(Barrier::new(60));
    let mut tasks = JoinSet::new();
    for number in 0..60 {
        let authority = cluster.node(number % 3).clone();
        let (refresh, barrier) = (opened.refresh.clone(), Arc::clone(&barrier));
        tasks.spawn(async move {
            barrier.wait().await;
            authority.refresh(refresh.reveal(), None).await
        });
    }
    let won = tasks.join_all().await.into_iter().flatten().count();
    assert_eq!(won, 1);
    assert!(cluster.node(2).verify_journal(&[]).await.unwrap().is_empty());
}
