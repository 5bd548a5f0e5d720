//! Tokens (contract sections 2 and 3): one object, five lists.

use authority::directory::TokenCard;
use authority::grant::PersonalWish;
use authority::id::ApplicationId;
use authority::scope::Scopes;
use authority::search::{Column, Condition, Link, Path, Search, Test, Thing, Value as Sought};
use authority::token::store::TokenChange;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::asked::Asked;
use super::fault::Fault;
use super::fields::{Fields, OPTIONAL, reference};
use super::filter::Model;
use super::find;
use super::listing::{Finding, Listing};
use super::reply::{Reply, maybe_time, time};
use super::scope;
use super::show::{MASK, brief_client, members, person, url};
use super::view::Doing;

/// The model's name in messages.
const MODEL: &str = "OAuth2AccessToken";

/// A token; its secrets if they were just made.
pub(super) fn shown(card: &TokenCard, secrets: Option<(&str, Option<&str>)>) -> Value {
    let TokenCard { token, user, application, .. } = card;
    let number = token.number;
    let user_url = user.as_ref().map(|user| url("users", user.number).into());
    let application_url = application.as_ref().map(|one| url("applications", one.number).into());
    let stream = format!("/api/v2/tokens/{number}/activity_stream/");
    let secret = secrets.map_or(MASK, |(secret, _)| secret);
    let refresh = application.as_ref().map(|_| secrets.map_or(MASK, |(_, r)| r.unwrap_or(MASK)));
    json!({
        "id": number,
        "type": "o_auth2_access_token",
        "url": url("tokens", number),
        "related": members([
            ("user", user_url),
            ("application", application_url),
            ("activity_stream", Some(stream.into())),
        ]),
        "summary_fields": members([
            ("user", user.as_ref().map(person)),
            ("application", application.as_ref().map(brief_client)),
        ]),
        "created": time(token.created_at),
        "modified": time(token.modified_at),
        "description": token.label,
        "user": user.as_ref().map(|user| user.number),
        "token": secret,
        "refresh_token": refresh,
        "application": application.as_ref().map(|one| one.number),
        "expires": maybe_time(token.expires_at),
        "scope": scope::spelled(&token.scopes),
    })
}

async fn listed(asked: &Asked, own: Condition) -> Result<Reply, Fault> {
    let listing = Listing::new(asked, Model::Token, own)?;
    let actor = asked.actor()?;
    let find =
        |search: Search| Box::pin(asked.authority.find_tokens(actor, search)) as Finding<'_, _>;
    listing.answer(find, |card| shown(card, None)).await
}

/// That a token's link is there.
fn linked(there: bool) -> Condition {
    let path = Path::across(Thing::Token, &[Link::Client], Column::Number);
    let absent = path.map_or(Condition::never(), |path| Condition::Test(path, Test::Absent));
    if there { Condition::Not(Box::new(absent)) } else { absent }
}

fn of_user(id: authority::id::UserId) -> Condition {
    Search::is(Thing::Token, &[Link::User], Column::Id, Sought::Id(id.uuid()))
}

/// The caller's own tokens, whoever the path names: others' would not be theirs to see (contract
/// section 3).
fn own(asked: &Asked) -> Result<Condition, Fault> {
    Ok(asked.actor()?.user().map_or(Condition::never(), of_user))
}

/// `GET /api/v2/tokens/`
pub(super) fn list(asked: &Asked) -> Doing<'_> {
    Box::pin(listed(asked, Condition::always()))
}

/// `GET /api/v2/users/{id}/tokens/`
pub(super) fn list_of_user(asked: &Asked) -> Doing<'_> {
    Box::pin(async { listed(asked, of_user(find::user(asked).await?.id)).await })
}

/// `GET /api/v2/users/{id}/personal_tokens/`
pub(super) fn list_personal(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        find::user(asked).await?;
        listed(asked, own(asked)?.and(linked(false))).await
    })
}

/// `GET /api/v2/users/{id}/authorized_tokens/`
pub(super) fn list_authorized(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        find::user(asked).await?;
        listed(asked, own(asked)?.and(linked(true))).await
    })
}

/// `GET /api/v2/applications/{id}/tokens/`
pub(super) fn list_of_application(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let client = find::client(asked).await?;
        let id = Sought::Id(client.id.uuid());
        listed(asked, Search::is(Thing::Token, &[Link::Client], Column::Id, id)).await
    })
}

/// What a body wishes.
fn wished(fields: &mut Fields<'_>, asked: &Asked) -> (Option<String>, Option<Scopes>) {
    let description = fields.text("description", OPTIONAL);
    (description, scopes(fields, asked))
}

/// The scopes of a body; it is wrong to say that there are none.
fn scopes(fields: &mut Fields<'_>, asked: &Asked) -> Option<Scopes> {
    let text = match asked.body.get("scope")? {
        Value::String(text) => text.trim(),
        Value::Null | Value::Number(_) => "",
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            fields.refuse("scope", "Not a valid string.");
            return None;
        }
    };
    let parsed = scope::parse(text);
    if parsed.is_none() {
        fields.refuse("scope", scope::WRONG);
    }
    parsed
}

async fn make(asked: &Asked, application: Option<ApplicationId>) -> Result<Reply, Fault> {
    let mut fields = Fields::new(&asked.body, false);
    let (description, scopes) = wished(&mut fields, asked);
    fields.done()?;
    let wish = PersonalWish {
        label: description.unwrap_or_default(),
        scopes: scopes.unwrap_or(Scopes::write()),
        application,
    };
    let granted = asked.authority.issue_personal(asked.actor()?, wish).await;
    let granted = granted.map_err(|error| Fault::of(error, MODEL))?;
    let id = Sought::Id(granted.token.id.uuid());
    let card = find::token_by(asked, Search::one(Thing::Token, Column::Id, id)).await?;
    let refresh = granted.refresh.as_ref().map(authority::secret::Secret::reveal);
    Ok(Reply::created(shown(&card, Some((granted.access.reveal(), refresh)))))
}

/// The application that a body names, for a new token.
async fn application(asked: &Asked) -> Result<Option<ApplicationId>, Fault> {
    let Some(named) = asked.body.get("application").filter(|named| !named.is_null()) else {
        return Ok(None);
    };
    // Permission is asked before the value is judged, of all but superusers (contract section 3).
    let superuser = asked.actor()?.marks().superuser;
    let number = reference(named).map_err(|kind| {
        if superuser {
            let message = format!("Incorrect type. Expected pk value, received {kind}.");
            Fault::field("application", message)
        } else {
            Fault::bad("Bad data found in related field application.")
        }
    })?;
    let search = Search::numbered(Thing::Client, number);
    match find::client_by(asked, search).await {
        Ok(card) => Ok(Some(card.application.id)),
        Err(Fault::Detail(StatusCode::NOT_FOUND, _)) if superuser => {
            let message = format!("Invalid pk \"{number}\" - object does not exist.");
            Err(Fault::field("application", message))
        }
        Err(Fault::Detail(StatusCode::NOT_FOUND, _)) => {
            Err(Fault::bad("OAuth2Application matching query does not exist."))
        }
        Err(other) => Err(other),
    }
}

/// `POST /api/v2/tokens/`
pub(super) fn create(asked: &Asked) -> Doing<'_> {
    Box::pin(async { make(asked, application(asked).await?).await })
}

/// `POST /api/v2/users/{id}/tokens/`: the owner is the caller, whoever the path names.
pub(super) fn create_below_user(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        find::user(asked).await?;
        make(asked, application(asked).await?).await
    })
}

/// `POST /api/v2/users/{id}/personal_tokens/`
pub(super) fn create_personal(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        find::user(asked).await?;
        make(asked, None).await
    })
}

/// `POST /api/v2/users/{id}/authorized_tokens/`
pub(super) fn create_authorized(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        find::user(asked).await?;
        let mut fields = Fields::new(&asked.body, false);
        match asked.body.get("application") {
            None => fields.refuse("application", "This field is required."),
            Some(Value::Null) => fields.refuse("application", "This field may not be null."),
            Some(_) => {}
        }
        fields.done()?;
        make(asked, application(asked).await?).await
    })
}

/// `POST /api/v2/applications/{id}/tokens/`
pub(super) fn create_for_application(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let client = find::client(asked).await?;
        make(asked, Some(client.id)).await
    })
}

/// `GET /api/v2/tokens/{id}/`
pub(super) fn show(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let one = find::named(asked, Thing::Token);
        let one = Listing::narrowed(asked, Model::Token, one)?;
        let card = find::token_by(asked, one).await?;
        Ok(Reply::ok(shown(&card, None)))
    })
}

/// `PATCH` and `PUT /api/v2/tokens/{id}/`
pub(super) fn update(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let card = find::token(asked).await?;
        let mut fields = Fields::new(&asked.body, asked.method == Method::PATCH);
        let (description, scopes) = wished(&mut fields, asked);
        // PUT sets what is not there back, but a missing scope widens nothing (contract section 12).
        let description = match description {
            None if asked.method == Method::PUT => Some(String::new()),
            other => other,
        };
        let change = TokenChange { label: description, disabled: None, scopes };
        let actor = asked.actor()?;
        // Whether the caller may is asked before what it wishes is judged.
        let checked = fields.done();
        let change = if checked.is_ok() { change } else { TokenChange::default() };
        let updated = asked.authority.update_token(actor, card.token.id, change).await;
        let token = updated.map_err(|error| Fault::of(error, MODEL))?;
        checked?;
        Ok(Reply::ok(shown(&TokenCard { token, ..card }, None)))
    })
}

/// `DELETE /api/v2/tokens/{id}/`
pub(super) fn delete(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let card = find::token(asked).await?;
        let revoked = asked.authority.revoke(asked.actor()?, card.token.id).await;
        revoked.map_err(|error| Fault::of(error, MODEL))?;
        Ok(Reply::nothing())
    })
}
