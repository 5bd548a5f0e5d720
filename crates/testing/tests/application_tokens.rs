//! Who may do what with the tokens of an application: role by verb, under Applivery's names for the
//! permissions (contract applivery, section 2).
//!
//! | | create | list | get | update | rotate | delete |
//! |---|---|---|---|---|---|---|
//! | owner, admin, superuser | yes | yes | yes | yes | yes | yes |
//! | editor, auditor, system auditor | no | yes | yes | no | no | no |
//! | viewer, unassigned, an application | no | no | no | no | no | no |
//! | nobody of the organization | missing | missing | missing | missing | missing | missing |

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use authority::account::Login;
use authority::account::store::UserChange;
use authority::application::Application;
use authority::application::store::ServiceAccountChange;
use authority::error::{Error, Refusal};
use authority::id::OrganizationId;
use authority::permission::Role;
use authority::scope::Scopes;
use authority::search::{Condition, Search, Thing};
use authority::secret::Secret;
use authority::slug::Named;
use authority::token::store::TokenChange;
use authority::token::{Holder, Wish};
use authority::{Actor, Authority};
use jiff::SignedDuration;
use testing::{PASSWORD, World};

/// What is tried, under these permissions.
const VERBS: [&str; 6] = ["create", "list", "get", "update", "update", "delete"];

/// What somebody was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Yes,
    No,
    Missing,
}

use Told::{Missing, No, Yes};

const ALL: [Told; 6] = [Yes; 6];
const LOOKS: [Told; 6] = [No, Yes, Yes, No, No, No];
const NOTHING: [Told; 6] = [No; 6];
const NOWHERE: [Told; 6] = [Missing; 6];

/// What the table says of a role.
const fn row(role: Role) -> [Told; 6] {
    match role {
        Role::Owner | Role::Admin => ALL,
        Role::Editor | Role::Auditor => LOOKS,
        Role::Viewer | Role::Unassigned => NOTHING,
    }
}

/// A world with an organization of Alice's, and its app.
struct Shop {
    world: World,
    acme: OrganizationId,
    app: Application,
    alice: Actor,
}

impl Shop {
    async fn new() -> Self {
        let world = World::new().await;
        let (acme, _) = world.organization("Acme", "alice").await;
        let alice = world.actor("alice").await;
        let new = ("Shop", "", None);
        let app = world.authority.create_application(&alice, acme.id, new, None).await.unwrap();
        Self { world, acme: acme.id, app, alice }
    }

    fn authority(&self) -> &Authority {
        &self.world.authority
    }

    async fn by(&self, secret: &Secret) -> Actor {
        self.authority().authenticate(secret.reveal(), &World::VISIT).await.unwrap()
    }

    /// A token of the app's, as an address names it.
    async fn token(&self) -> Named {
        let (authority, name) = (self.authority(), shop());
        let at = (self.acme, &name);
        let made = authority.create_integration(&self.alice, at, (None, Some(usual()))).await;
        let token = made.unwrap().1.token;
        Named::Numbered { number: token.number, second: token.created_at.as_second() }
    }

    /// Tries everything, and sees that what was refused was not done.
    async fn tries(&self, actor: &Actor) -> [Told; 6] {
        let (authority, name, token) = (self.authority(), shop(), self.token().await);
        let at = (self.acme, &name);
        let all = Search::over(Thing::Integration, Condition::always());
        let change = TokenChange { label: Some("changed".to_owned()), ..TokenChange::default() };
        let before = self.kept().await;
        let created = told(0, authority.create_integration(actor, at, (None, Some(usual()))).await);
        let listed = told(1, authority.find_integrations(actor, at, all).await);
        let got = told(2, authority.integration(actor, at, &token).await);
        let updated = told(3, authority.update_integration(actor, at, (&token, change)).await);
        let zero = SignedDuration::ZERO;
        let rotated = told(4, authority.rotate_integration(actor, at, (&token, zero)).await);
        let deleted = told(5, authority.revoke_integration(actor, at, &token).await);
        let answers = [created, listed, got, updated, rotated, deleted];
        let changes = [created, updated, rotated, deleted].contains(&Yes);
        assert_eq!(self.kept().await != before, changes, "{answers:?}");
        answers
    }

    /// Label and end of every token of the app's, and how often one was rotated.
    async fn kept(&self) -> (Vec<String>, usize) {
        let (name, root) = (shop(), self.world.root().await);
        let all = Search::over(Thing::Integration, Condition::always());
        let found = self.authority().find_integrations(&self.alice, (self.acme, &name), all).await;
        let labels = found.unwrap().1.items.into_iter().map(|token| token.label);
        let filter = authority::journal::EntryFilter {
            action: Some("token.rotate".to_owned()),
            ..authority::journal::EntryFilter::default()
        };
        let rotations = self.authority().journal(&root, None, filter, (None, 1_000)).await;
        (labels.collect(), rotations.unwrap().len())
    }

    /// A user of this name in every way in which one shows up.
    async fn ways(&self, name: &str) -> Vec<(&'static str, Secret)> {
        let login = Login { login: name, password: PASSWORD, code: None };
        let (acme, door) = (Some(self.acme), World::door());
        let session = self.authority().log_in(login, acme, false, &door).await.unwrap();
        let wish = || Wish { until_revoked: true, ..Wish::default() };
        let key = self.world.key(name, self.acme, wish()).await;
        let personal = self.world.personal(name, wish()).await;
        vec![("session", session.access), ("key", key.secret), ("personal", personal.secret)]
    }
}

/// What an application's token is for.
fn usual() -> Scopes {
    Scopes::parse("mad.sdk.* mad.integration.*").unwrap()
}

fn shop() -> Named {
    Named::Slugged("shop".to_owned())
}

/// What the answer to a verb was; a no names the verb's permission.
fn told<T>(verb: usize, outcome: Result<T, Error>) -> Told {
    match outcome {
        Ok(_) => Yes,
        Err(Error::Refused(Refusal::Missing(_))) => Missing,
        Err(Error::Refused(Refusal::NotPermitted(permission))) => {
            let verb = VERBS.get(verb).unwrap();
            assert_eq!(permission.as_str(), format!("mad.application.token.{verb}"));
            No
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn each_role_does_what_the_table_says() {
    let shop = Shop::new().await;
    for role in Role::ALL {
        shop.world.member(role.as_str(), shop.acme, role).await;
        let actor = shop.world.actor(role.as_str()).await;
        assert_eq!(shop.tries(&actor).await, row(role), "{role:?}");
    }
}

#[tokio::test]
async fn each_service_account_does_what_the_table_says_of_its_role() {
    let shop = Shop::new().await;
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Owner) {
        let wish = (Some(role.as_str()), role);
        let made = shop.authority().create_service_account_with_token(&shop.alice, shop.acme, wish);
        let secret = made.await.unwrap().1.secret;
        assert_eq!(shop.tries(&shop.by(&secret).await).await, row(role), "{role:?}");
    }
}

#[tokio::test]
async fn who_belongs_elsewhere_or_nowhere_finds_nothing_and_marks_count_everywhere() {
    let shop = Shop::new().await;
    shop.world.user("carol").await;
    let (globex, _) = shop.world.organization("Globex", "bob").await;
    let bob = shop.world.key("bob", globex.id, Wish::default()).await.secret;
    let root = shop.world.root().await;
    let dave = shop.world.user("dave").await;
    let change = UserChange { system_auditor: Some(true), ..UserChange::default() };
    shop.authority().update_user(&root, dave.id, change).await.unwrap();
    for (name, actor, expected) in [
        ("nobody's", shop.world.actor("carol").await, NOWHERE),
        ("another's owner", shop.world.actor("bob").await, NOWHERE),
        ("another's owner by token", shop.by(&bob).await, NOWHERE),
        ("superuser", root, ALL),
        ("system auditor", shop.world.actor("dave").await, LOOKS),
    ] {
        assert_eq!(shop.tries(&actor).await, expected, "{name}");
    }
}

#[tokio::test]
async fn an_application_does_nothing_with_its_own_tokens_whatever_they_were_made_for() {
    let shop = Shop::new().await;
    for scopes in [None, Some("mad.sdk.* mad.integration.*"), Some("mad.application.token.*")] {
        let scopes = scopes.map(|scopes| Scopes::parse(scopes).unwrap());
        let holder = Some(Holder::Application(shop.app.id));
        let wish = Wish { holder, scopes, ..Wish::default() };
        let secret = shop.authority().issue(&shop.alice, wish).await.unwrap().secret;
        assert_eq!(shop.tries(&shop.by(&secret).await).await, NOTHING);
    }
}

#[tokio::test]
async fn a_ceiling_lets_through_the_one_verb_that_it_names() {
    let shop = Shop::new().await;
    for (verb, expected) in [
        ("create", [Yes, No, No, No, No, No]),
        ("list", [No, Yes, No, No, No, No]),
        ("get", [No, No, Yes, No, No, No]),
        ("update", [No, No, No, Yes, Yes, No]),
        ("delete", [No, No, No, No, No, Yes]),
    ] {
        let scopes = format!("mad.application.token.{verb} mad.sdk.* mad.integration.*");
        let scopes = Some(Scopes::parse(&scopes).unwrap());
        let wish = Wish { scopes, until_revoked: true, ..Wish::default() };
        let key = shop.world.key("alice", shop.acme, wish).await.secret;
        assert_eq!(shop.tries(&shop.by(&key).await).await, expected, "{verb}");
    }
    let general = Some(Scopes::parse("authority.* mad.sdk.* mad.integration.*").unwrap());
    let wish = Wish { scopes: general, until_revoked: true, ..Wish::default() };
    let key = shop.world.key("alice", shop.acme, wish).await.secret;
    assert_eq!(
        shop.tries(&shop.by(&key).await).await,
        NOTHING,
        "those of tokens in general are others"
    );
}

#[tokio::test]
async fn another_role_counts_at_once_for_every_credential_that_is_there() {
    let shop = Shop::new().await;
    let mia = shop.world.member("mia", shop.acme, Role::Admin).await;
    let ways = shop.ways("mia").await;
    let roles = [Role::Admin, Role::Viewer, Role::Owner, Role::Unassigned, Role::Editor];
    for role in roles {
        shop.authority().set_role(&shop.alice, shop.acme, (mia.id, role)).await.unwrap();
        for (way, secret) in &ways {
            assert_eq!(shop.tries(&shop.by(secret).await).await, row(role), "{role:?} by {way}");
        }
    }
}

#[tokio::test]
async fn another_role_of_a_service_account_counts_at_once_for_its_bearer() {
    let shop = Shop::new().await;
    let (authority, wish) = (shop.authority(), (Some("robot"), Role::Admin));
    let made = authority.create_service_account_with_token(&shop.alice, shop.acme, wish).await;
    let (robot, issued) = made.unwrap();
    for role in [Role::Admin, Role::Viewer, Role::Editor, Role::Unassigned, Role::Auditor] {
        let change = ServiceAccountChange { role: Some(role), ..ServiceAccountChange::default() };
        authority.update_service_account(&shop.alice, robot.id, change).await.unwrap();
        let actor = shop.by(&issued.secret).await;
        assert_eq!(shop.tries(&actor).await, row(role), "{role:?}");
    }
}
