//! Applications (contract section 8): OAuth 2 clients.

use authority::application::store::ApplicationChange;
use authority::application::{Client, Grant, NewClient};
use authority::directory::ClientCard;
use authority::permission::Permission;
use authority::search::{Condition, Search, Thing};
use axum::http::Method;
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::fault::Fault;
use super::fields::{Fields, OPTIONAL, Text};
use super::filter::Model;
use super::find;
use super::listing::{Finding, Listing};
use super::organizations::{NAME, inside};
use super::reply::{Reply, time};
use super::scope;
use super::show::{MASK, capabilities, members, place, url, url_part};
use super::view::Doing;

const MODEL: &str = "OAuth2Application";

/// An application; its secret if that was just made.
pub(super) fn shown(card: &ClientCard, named: bool, secret: Option<&str>) -> Value {
    let ClientCard { application, organization, tokens, may } = card;
    let own = url("applications", application.number);
    let below = |name: &str| Some(Value::from(format!("{own}{name}/")));
    let by_name =
        organization.as_ref().filter(|there| named && !there.tenant).map(|organization| {
            let (name, place) = (url_part(&application.name), url_part(&organization.name));
            Value::from(format!("/api/v2/applications/{name}++{place}/"))
        });
    let organization_url =
        organization.as_ref().map(|one| Value::from(url("organizations", one.number)));
    let some = tokens.items.iter().map(|token| {
        json!({ "id": token.number, "token": MASK, "scope": scope::spelled(&token.scopes) })
    });
    let summary = json!({ "count": tokens.count, "results": some.collect::<Vec<_>>() });
    let client = application.client.as_ref();
    let confidential = client.is_some_and(|client| client.confidential);
    let uris = client.map(|client| client.redirect_uris.join(" "));
    Value::Object(members([
        ("id", Some(application.number.into())),
        ("type", Some("o_auth2_application".into())),
        ("url", Some(own.clone().into())),
        (
            "related",
            Some(Value::Object(members([
                ("named_url", by_name),
                ("tokens", below("tokens")),
                ("activity_stream", below("activity_stream")),
                ("organization", organization_url),
            ]))),
        ),
        (
            "summary_fields",
            Some(Value::Object(members([
                ("organization", organization.as_ref().map(place)),
                ("user_capabilities", Some(capabilities(*may))),
                ("tokens", Some(summary)),
            ]))),
        ),
        ("created", Some(time(application.created_at))),
        ("modified", Some(time(application.modified_at))),
        ("name", Some(application.name.clone().into())),
        ("description", Some(application.description.clone().into())),
        ("client_id", Some(application.id.to_string().into())),
        ("client_secret", confidential.then(|| secret.unwrap_or(MASK).into())),
        ("client_type", Some(if confidential { "confidential" } else { "public" }.into())),
        ("redirect_uris", Some(uris.unwrap_or_default().into())),
        ("authorization_grant_type", client.map(|client| client.grant.as_str().into())),
        ("skip_authorization", client.map(|client| client.skips_consent.into())),
        ("organization", Some(organization.as_ref().map(|one| one.number).into())),
    ]))
}

async fn listed(asked: &Asked, own: Condition) -> Result<Reply, Fault> {
    let listing = Listing::new(asked, Model::Application, own)?;
    let actor = asked.actor()?;
    let find =
        |search: Search| Box::pin(asked.authority.find_clients(actor, search)) as Finding<'_, _>;
    listing.answer(find, |card| shown(card, false, None)).await
}

/// `GET /api/v2/applications/`
pub(super) fn list(asked: &Asked) -> Doing<'_> {
    Box::pin(listed(asked, Condition::always()))
}

/// `GET /api/v2/organizations/{id}/applications/`
pub(super) fn list_of_organization(asked: &Asked) -> Doing<'_> {
    Box::pin(async { listed(asked, inside(asked, Thing::Client).await?).await })
}

/// `GET /api/v2/applications/{id}/`
pub(super) fn show(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let one = find::named(asked, Thing::Client);
        let one = Listing::narrowed(asked, Model::Application, one)?;
        let card = find::client_by(asked, one).await?;
        Ok(Reply::ok(shown(&card, true, None)))
    })
}

const URIS: Text = Text { most: 64 * 1024, ..OPTIONAL };

/// `POST /api/v2/applications/`
pub(super) fn create(asked: &Asked) -> Doing<'_> {
    Box::pin(make(asked, &asked.body))
}

/// `POST /api/v2/organizations/{id}/applications/`
pub(super) fn create_below_organization(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let mut body = asked.body.clone();
        let number = find::organization(asked).await?.number;
        body.insert("organization".to_owned(), number.into());
        make(asked, &body).await
    })
}

async fn make(asked: &Asked, body: &Map<String, Value>) -> Result<Reply, Fault> {
    let mut fields = Fields::new(body, false);
    let name = fields.text("name", NAME);
    let description = fields.text("description", OPTIONAL);
    let kinds = ["confidential", "public"];
    let client_type = fields.choice("client_type", &kinds, true);
    let uris = fields.text("redirect_uris", URIS).unwrap_or_default();
    let grants = [Grant::Code.as_str(), Grant::Password.as_str()];
    let grant = fields.choice("authorization_grant_type", &grants, true);
    let skips_consent = fields.boolean("skip_authorization").unwrap_or_default();
    let number = fields.reference("organization");
    let may = &Permission::CLIENT_UPDATE;
    let organization = find::place(asked, &mut fields, number, may).await?;
    fields.done()?;
    let client = Client {
        confidential: client_type == Some("confidential"),
        grant: grant.and_then(Grant::parse).unwrap_or(Grant::Code),
        redirect_uris: uris.split_ascii_whitespace().map(str::to_owned).collect(),
        skips_consent,
    };
    let new = NewClient {
        name: name.unwrap_or_default(),
        description: description.unwrap_or_default(),
        client,
    };
    let organization = organization.ok_or_else(Fault::forbidden)?;
    let made = asked.authority.create_client(asked.actor()?, organization, new).await;
    let (made, secret) = made.map_err(|error| Fault::of(error, MODEL))?;
    let card = find::client_by(asked, Search::numbered(Thing::Client, made.number)).await?;
    let secret = secret.as_ref().map(authority::secret::Secret::reveal);
    Ok(Reply::created(shown(&card, true, secret)))
}

/// `PATCH` and `PUT /api/v2/applications/{id}/`. What kind of client it is stays as it is.
pub(super) fn update(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let card = find::client_card(asked).await?;
        let mut fields = Fields::new(&asked.body, asked.method == Method::PATCH);
        let name = fields.text("name", NAME);
        let description = fields.text("description", OPTIONAL);
        let uris = fields.text("redirect_uris", URIS);
        let skips_consent = fields.boolean("skip_authorization");
        fields.done()?;
        let uris = uris.map(|uris| uris.split_ascii_whitespace().map(str::to_owned).collect());
        let change = ApplicationChange {
            name,
            description,
            redirect_uris: uris,
            skips_consent,
            ..ApplicationChange::default()
        };
        let id = card.application.id;
        let changed = asked.authority.update_application(asked.actor()?, id, change).await;
        let changed = changed.map_err(|error| Fault::of(error, MODEL))?;
        let card = find::client_by(asked, Search::numbered(Thing::Client, changed.number)).await?;
        Ok(Reply::ok(shown(&card, true, None)))
    })
}

/// `DELETE /api/v2/applications/{id}/`: what people made through it is dead from then on.
pub(super) fn delete(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let id = find::client(asked).await?.id;
        let archived = asked.authority.archive_application(asked.actor()?, id).await;
        archived.map_err(|error| Fault::of(error, MODEL))?;
        Ok(Reply::nothing())
    })
}
