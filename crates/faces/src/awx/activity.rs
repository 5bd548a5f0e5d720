//! Activity streams (contract section 9), read from the journal.
//!
//! An entry of the journal is an item here if its action has an operation in [`ITEMS`]; all others
//! (log-ins, uses, keys) are none of AWX's.

use authority::directory::{About, EntryCard};
use authority::journal::Entry;
use authority::search::{Column, Condition, Path, Search, Test, Thing, Value as Sought};
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::fault::Fault;
use super::filter::Model;
use super::find;
use super::listing::{Finding, Listing};
use super::reply::{NODE, Reply, time};
use super::show::{MASK, members, person, place, url};
use super::view::Doing;

/// What an action is in AWX's words: operation, first object, second object, and the association
/// between them.
struct Item {
    action: &'static str,
    operation: &'static str,
    object1: &'static str,
    object2: &'static str,
}

const fn plain(action: &'static str, operation: &'static str, object1: &'static str) -> Item {
    Item { action, operation, object1, object2: "" }
}

const TOKEN: &str = "o_auth2_access_token";
const CLIENT: &str = "o_auth2_application";

const ITEMS: [Item; 26] = [
    plain("token.issue", "create", TOKEN),
    plain("token.refresh", "create", TOKEN),
    plain("token.update", "update", TOKEN),
    plain("token.revoke", "delete", TOKEN),
    plain("user.create", "create", "user"),
    plain("user.invite", "create", "user"),
    plain("user.register", "create", "user"),
    plain("user.update", "update", "user"),
    plain("user.password", "update", "user"),
    plain("user.disable", "update", "user"),
    plain("user.enable", "update", "user"),
    plain("user.delete", "delete", "user"),
    plain("organization.create", "create", "organization"),
    plain("organization.update", "update", "organization"),
    plain("organization.delete", "delete", "organization"),
    plain("group.create", "create", "team"),
    plain("group.update", "update", "team"),
    plain("group.delete", "delete", "team"),
    plain("application.create", "create", CLIENT),
    plain("application.update", "update", CLIENT),
    plain("application.archive", "delete", CLIENT),
    Item { object2: "user", ..plain("member.add", "associate", "organization") },
    Item { object2: "user", ..plain("member.role", "associate", "organization") },
    Item { object2: "user", ..plain("member.remove", "disassociate", "organization") },
    Item { object2: "user", ..plain("group.add", "associate", "team") },
    Item { object2: "user", ..plain("group.remove", "disassociate", "team") },
];

fn operation(entry: &Entry) -> Option<&'static Item> {
    ITEMS.iter().find(|known| known.action == entry.draft.action)
}

/// That an entry's action is one of these.
fn actions<'a>(of: impl Iterator<Item = &'a Item>) -> Condition {
    let names = of.map(|one| Sought::Text(one.action.to_owned())).collect();
    Path::across(Thing::Entry, &[], Column::Action)
        .map_or(Condition::never(), |path| Condition::Test(path, Test::In(names)))
}

/// What `operation=` and `object1=` ask for.
pub(super) fn special(field: &str, value: &str) -> Condition {
    let fits = |one: &&Item| match field {
        "operation" => one.operation == value,
        "object1" => one.object1 == value,
        _ => one.object2 == value,
    };
    actions(ITEMS.iter().filter(fits))
}

/// An item, with what it is about.
fn shown(card: &EntryCard) -> Value {
    let EntryCard { entry, actor, about } = card;
    let known = operation(entry);
    let object = about.as_ref().map(object);
    let (name, link, brief) = object.unwrap_or_default();
    let named = |value: Value| (!name.is_empty()).then_some(value);
    let mut related =
        members([("actor", actor.as_ref().map(|user| url("users", user.number).into()))]);
    related.extend(named(json!([link])).map(|link| (name.to_owned(), link)));
    let mut summary = Map::new();
    summary.extend(named(json!([brief])).map(|brief| (name.to_owned(), brief)));
    summary.extend(actor.as_ref().map(|user| ("actor".to_owned(), person(user))));
    json!({
        "id": entry.number(),
        "type": "activity_stream",
        "url": url("activity_stream", entry.number()),
        "related": related,
        "summary_fields": summary,
        "timestamp": time(entry.draft.at),
        "operation": known.map_or("update", |known| known.operation),
        "changes": changes(card),
        "object1": known.map_or("", |known| known.object1),
        "object2": known.map_or("", |known| known.object2),
        "object_association": "",
        "action_node": NODE,
        "object_type": "",
    })
}

/// The name of what an item is about, its URL, and a summary of it.
fn object(about: &About) -> (&'static str, String, Value) {
    match about {
        About::Token(card) => {
            let token = &card.token;
            let client = card.application.as_ref().map(|one| one.number.into());
            let brief = members([
                ("id", Some(token.number.into())),
                ("user_id", Some(card.user.as_ref().map(|user| user.number).into())),
                ("description", Some(token.label.clone().into())),
                ("application_id", client),
                ("scope", Some(super::scope::spelled(&token.scopes).into())),
            ]);
            (TOKEN, url("tokens", token.number), Value::Object(brief))
        }
        About::User(user) => ("user", url("users", user.number), person(user)),
        About::Organization(one) => ("organization", url("organizations", one.number), place(one)),
        About::Group(group) => {
            let brief = json!({
                "id": group.number,
                "name": group.name,
                "description": group.description,
            });
            ("team", url("teams", group.number), brief)
        }
        About::Client(client) => {
            let brief = json!({
                "id": client.number,
                "name": client.name,
                "description": client.description,
            });
            (CLIENT, url("applications", client.number), brief)
        }
    }
}

/// What was changed, as far as the entry tells.
fn changes(card: &EntryCard) -> Value {
    let detail = &card.entry.draft.detail;
    let said = |name: &str| detail.get(name).map(|word| Value::from(word.as_str()));
    let known = operation(&card.entry);
    if known.is_some_and(|known| known.object1 == TOKEN) {
        if card.entry.draft.action == "token.update" {
            let pairs = [("description", "label"), ("scope", "scopes")].into_iter();
            let pairs = pairs.filter_map(|(shown, kept)| {
                let before = said(&format!("{kept}_before"))?;
                Some((shown.to_owned(), json!([before, said(kept)])))
            });
            return Value::Object(pairs.collect());
        }
        let now = card.about.as_ref().and_then(|about| match about {
            About::Token(card) => Some(card.token.number),
            About::User(_) | About::Organization(_) | About::Group(_) | About::Client(_) => None,
        });
        let then = || detail.get("number").and_then(|number| number.parse().ok());
        let number: Option<i64> = now.or_else(then);
        return json!({
            "description": said("label").unwrap_or_default(),
            "application": said("application"),
            "scope": said("scopes"),
            "id": number,
            "token": MASK,
        });
    }
    let words = detail.iter().map(|(name, word)| (name.clone(), Value::from(word.as_str())));
    Value::Object(words.collect())
}

fn listing(asked: &Asked, own: Condition) -> Result<Listing<'_>, Fault> {
    let own = actions(ITEMS.iter()).and(own);
    Listing::new(asked, Model::Activity, own)
}

/// `GET /api/v2/activity_stream/`
pub(super) fn list(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let listing = listing(asked, Condition::always())?;
        let actor = asked.actor()?;
        let find = |search: Search| {
            Box::pin(asked.authority.find_entries(actor, search)) as Finding<'_, _>
        };
        listing.answer(find, shown).await
    })
}

/// `GET /api/v2/activity_stream/{id}/`
pub(super) fn show(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let search = Search::numbered(Thing::Entry, asked.number().unwrap_or_default())
            .within(actions(ITEMS.iter()));
        let search = Listing::narrowed(asked, Model::Activity, search)?;
        let found = asked.authority.find_entries(asked.actor()?, search).await;
        let found = found.map_err(|error| Fault::of(error, "ActivityStream"))?;
        let card = found.items.first().ok_or_else(|| Fault::missing("ActivityStream"))?;
        Ok(Reply::ok(shown(card)))
    })
}

async fn about(asked: &Asked, one: (Thing, uuid::Uuid)) -> Result<Reply, Fault> {
    let listing = listing(asked, Condition::always())?;
    let actor = asked.actor()?;
    let find = |search: Search| {
        Box::pin(asked.authority.find_entries_about(actor, one, search)) as Finding<'_, _>
    };
    listing.answer(find, shown).await
}

/// `GET /api/v2/tokens/{id}/activity_stream/`
pub(super) fn of_token(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let id = find::token(asked).await?.token.id.uuid();
        about(asked, (Thing::Token, id)).await
    })
}

/// `GET /api/v2/users/{id}/activity_stream/`
pub(super) fn of_user(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let id = find::user(asked).await?.id.uuid();
        about(asked, (Thing::User, id)).await
    })
}

/// `GET /api/v2/organizations/{id}/activity_stream/`
pub(super) fn of_organization(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let id = find::organization(asked).await?.id.uuid();
        about(asked, (Thing::Organization, id)).await
    })
}

/// `GET /api/v2/teams/{id}/activity_stream/`
pub(super) fn of_team(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let id = find::team_card(asked).await?.group.id.uuid();
        about(asked, (Thing::Group, id)).await
    })
}

/// `GET /api/v2/applications/{id}/activity_stream/`
pub(super) fn of_application(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let id = find::client(asked).await?.id.uuid();
        about(asked, (Thing::Client, id)).await
    })
}
