//! Users (contract section 6), and who is signed in.

use authority::account::store::UserChange;
use authority::account::{NewUser, User};
use authority::directory::UserCard;
use authority::permission::{Marks, Permission};
use authority::search::{Column, Condition, Search, Seats, Thing, Value as Sought};
use authority::{Error, Place};
use axum::http::Method;
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::fault::Fault;
use super::fields::{Fields, Text};
use super::filter::Model;
use super::find;
use super::listing::{Finding, Listing};
use super::reply::{Reply, maybe_time, time};
use super::show::{capabilities, resource, url, url_part};
use super::view::Doing;

const MODEL: &str = "User";
const ENCRYPTED: &str = "$encrypted$";
/// What is below a user.
const BELOW: [&str; 8] = [
    "teams",
    "organizations",
    "admin_of_organizations",
    "roles",
    "activity_stream",
    "tokens",
    "authorized_tokens",
    "personal_tokens",
];

/// A user, with its named URL where AWX shows that.
pub(super) fn shown(card: &UserCard, named: bool) -> Value {
    let UserCard { user, may } = card;
    let own = url("users", user.number);
    let mut related = Map::new();
    if named {
        let by_name = format!("/api/v2/users/{}/", url_part(&user.username));
        related.insert("named_url".to_owned(), by_name.into());
    }
    for name in BELOW {
        related.insert(name.to_owned(), format!("{own}{name}/").into());
    }
    // AWX counts an account as changed when its user has logged in.
    let modified = user.last_login_at.map(|login| user.modified_at.max(login));
    let mut shown = json!({
        "id": user.number,
        "type": "user",
        "url": own,
        "related": related,
        "summary_fields": {
            "resource": resource(user.id.uuid(), "shared.user"),
            "user_capabilities": capabilities(*may),
        },
        "created": time(user.created_at),
        "modified": maybe_time(modified),
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email.as_deref().unwrap_or_default(),
        "is_superuser": user.marks.superuser,
        "is_system_auditor": user.marks.system_auditor,
        "password": ENCRYPTED,
        "ldap_dn": "",
        "last_login": maybe_time(user.last_login_at),
        "external_account": external(user),
        "auth": [],
    });
    if let (Some(_), Value::Object(members)) = (&user.provider, &mut shown) {
        members.shift_remove("password");
    }
    shown
}

/// What kind of provider keeps an account, in AWX's words.
fn external(user: &User) -> Option<&'static str> {
    user.provider.as_deref().map(|provider| match provider {
        "ldap" => "ldap",
        "radius" | "tacacs+" | "saml" => "enterprise",
        _ => "social",
    })
}

/// Users that fit, in a list.
pub(super) async fn listed(asked: &Asked, own: Condition) -> Result<Reply, Fault> {
    let listing = Listing::new(asked, Model::User, own)?;
    let actor = asked.actor()?;
    let find =
        |search: Search| Box::pin(asked.authority.find_users(actor, search)) as Finding<'_, _>;
    listing.answer(find, |card| shown(card, false)).await
}

/// `GET /api/v2/users/`
pub(super) fn list(asked: &Asked) -> Doing<'_> {
    Box::pin(listed(asked, Condition::always()))
}

/// `GET /api/v2/me/`
pub(super) fn me(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let id = asked.actor()?.user().map(|id| Sought::Id(id.uuid()));
        let own = id.map_or(Condition::never(), |id| Search::is(Thing::User, &[], Column::Id, id));
        listed(asked, own).await
    })
}

/// `GET /api/v2/users/{id}/`
pub(super) fn show(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let one = find::named(asked, Thing::User);
        let one = Listing::narrowed(asked, Model::User, one)?;
        let card = find::user_by(asked, one).await?;
        Ok(Reply::ok(shown(&card, true)))
    })
}

const NAME: Text = Text { required: false, blank: true, null: false, most: 150 };

/// What a body says of a user.
struct Said {
    username: Option<String>,
    password: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    superuser: Option<bool>,
    auditor: Option<bool>,
}

fn said(asked: &Asked, partial: bool) -> Result<Said, Fault> {
    let mut fields = Fields::new(&asked.body, partial);
    let rule = Text { required: true, blank: false, null: false, most: 150 };
    let username = fields.text("username", rule);
    let odd = |c: char| !c.is_alphanumeric() && !"@.+-_".contains(c);
    if username.as_ref().is_some_and(|name| name.contains(odd)) {
        let message = "Enter a valid username. This value may contain only letters, numbers, and \
                       @/./+/-/_ characters.";
        fields.refuse("username", message);
    }
    let first_name = fields.text("first_name", NAME);
    let last_name = fields.text("last_name", NAME);
    let email = fields.text("email", Text { most: 254, ..NAME });
    if email.as_ref().is_some_and(|email| !email.is_empty() && !is_address(email)) {
        fields.refuse("email", "Enter a valid email address.");
    }
    let superuser = fields.boolean("is_superuser");
    let auditor = fields.boolean("is_system_auditor");
    let password = password(&mut fields, asked, partial);
    fields.done()?;
    Ok(Said { username, password, first_name, last_name, email, superuser, auditor })
}

/// One `@` with something on both sides, and a dot in the host. The core is stricter, and last.
fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && !host.contains('@') && host.contains('.') && !text.contains(' ')
    })
}

/// A password, byte for byte; one that was shown encrypted stays as it is.
fn password(fields: &mut Fields<'_>, asked: &Asked, partial: bool) -> Option<String> {
    match asked.body.get("password") {
        Some(Value::String(text)) if text == ENCRYPTED && partial => None,
        Some(Value::String(text)) if text.is_empty() => {
            fields.refuse("password", "This field may not be blank.");
            None
        }
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Null) => {
            fields.refuse("password", "This field may not be null.");
            None
        }
        Some(_) => {
            fields.refuse("password", "Not a valid string.");
            None
        }
        None if partial => None,
        None => {
            fields.refuse("password", "Password required for new User.");
            None
        }
    }
}

impl Said {
    fn new_user(self) -> NewUser {
        NewUser {
            username: self.username.unwrap_or_default(),
            email: self.email.filter(|email| !email.is_empty()),
            password: self.password,
            first_name: self.first_name.unwrap_or_default(),
            last_name: self.last_name.unwrap_or_default(),
            marks: Marks {
                superuser: self.superuser.unwrap_or_default(),
                system_auditor: self.auditor.unwrap_or_default(),
            },
            once: None,
        }
    }
}

/// `POST /api/v2/users/`
pub(super) fn create(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let actor = asked.actor()?;
        let update = &Permission::INSTALLATION_UPDATE;
        let may = asked.authority.allow(actor, update, Place::Installation).await;
        may.map_err(|error| Fault::of(error, MODEL))?;
        let made = asked.authority.create_user(actor, said(asked, false)?.new_user()).await;
        created(asked, made).await
    })
}

/// Makes a user with a seat in an organization.
pub(super) async fn create_in(
    asked: &Asked,
    organization: authority::id::OrganizationId,
    seats: Seats,
) -> Result<(Reply, User), Fault> {
    let new = said(asked, false)?.new_user();
    let made = asked.authority.create_person_in(asked.actor()?, organization, (new, seats)).await;
    let made = made.map_err(|error| Fault::of(error, MODEL))?;
    let mut reply = created(asked, Ok(made.clone())).await?;
    if !asked.actor()?.marks().superuser {
        // As it was before the new user was a member: what AWX tells.
        let edit = reply.body.as_mut();
        let edit = edit.and_then(|body| body.pointer_mut("/summary_fields/user_capabilities/edit"));
        if let Some(edit) = edit {
            *edit = false.into();
        }
    }
    Ok((reply, made))
}

async fn created(asked: &Asked, made: Result<User, Error>) -> Result<Reply, Fault> {
    let user = made.map_err(|error| Fault::of(error, MODEL))?;
    let id = Sought::Id(user.id.uuid());
    let card = find::user_by(asked, Search::one(Thing::User, Column::Id, id)).await?;
    Ok(Reply::created(shown(&card, true)))
}

/// `PATCH` and `PUT /api/v2/users/{id}/`
pub(super) fn update(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let UserCard { user, .. } = find::user_card(asked).await?;
        let said = changes(asked)?;
        let actor = asked.actor()?;
        let renames = said.username.as_ref().is_some_and(|name| *name != user.username);
        let change = UserChange {
            username: said.username,
            email: said.email,
            first_name: said.first_name,
            last_name: said.last_name,
            superuser: said.superuser,
            system_auditor: said.auditor,
            ..UserChange::default()
        };
        let change = (change, said.password.as_deref());
        let changed = asked.authority.change_person(actor, user.id, change).await;
        changed.map_err(|error| Fault::of(error, MODEL)).map_err(|fault| {
            let own = renames && actor.user() == Some(user.id);
            if own && fault.is_forbidden() {
                Fault::may_not("Cannot change username.")
            } else {
                fault
            }
        })?;
        let id = Sought::Id(user.id.uuid());
        let card = find::user_by(asked, Search::one(Thing::User, Column::Id, id)).await?;
        Ok(Reply::ok(shown(&card, true)))
    })
}

/// What is to change: of PUT, the user name must be there.
fn changes(asked: &Asked) -> Result<Said, Fault> {
    if asked.method == Method::PUT && !asked.body.contains_key("username") {
        return Err(Fault::field("username", "This field is required."));
    }
    said(asked, true)
}

/// `DELETE /api/v2/users/{id}/`
pub(super) fn delete(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let user = find::user(asked).await?;
        let actor = asked.actor()?;
        let deleted = asked.authority.delete_person(actor, user.id).await;
        deleted.map_err(|error| Fault::of(error, MODEL)).map_err(|fault| {
            let superuser = actor.marks().superuser;
            if superuser && fault.is_forbidden() {
                Fault::may_not("Cannot delete user.")
            } else {
                fault
            }
        })?;
        Ok(Reply::nothing())
    })
}
