//! The table of routes. A path stands here as its document spells it; `{…}` in it are filled, in
//! order, with `things`; `<…>` in its query and in `body` by name.

mod applivery;
mod awx;
mod native;
mod others;
mod thinkeo;

use axum::http::Method;

use crate::ground::picture;

/// What an id can be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thing {
    Token,
    /// A member.
    User,
    /// A user who is no member yet.
    Guest,
    Organization,
    Application,
    ServiceAccount,
    Group,
    Session,
    /// A number.
    Version,
    /// The number that stands for something on AWX's face.
    Number(Of),
    /// The id that stands for something on Applivery's face.
    Hex(Hex),
}

/// What 24 hexadecimal digits can stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hex {
    Organization,
    Application,
    /// A token of the application's.
    Token,
    Robot,
    /// The place of a member.
    Collaborator,
}

/// What a number can stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// A member.
    User,
    /// A user who is no member yet.
    Guest,
    Organization,
    Team,
    /// An OAuth 2 client.
    Client,
    /// A token of the owner's, bound to no organization.
    Personal,
    /// Being an administrator of the organization.
    Role,
    /// An entry of the journal.
    Entry,
}

impl Thing {
    const NAMED: [(&str, Self); 12] = [
        ("<token>", Self::Token),
        ("<user>", Self::User),
        ("<guest>", Self::Guest),
        ("<organization>", Self::Organization),
        ("<application>", Self::Application),
        ("<robot>", Self::ServiceAccount),
        ("<user's number>", Self::Number(Of::User)),
        ("<guest's number>", Self::Number(Of::Guest)),
        ("<organization's number>", Self::Number(Of::Organization)),
        ("<client's number>", Self::Number(Of::Client)),
        ("<role's number>", Self::Number(Of::Role)),
        ("<team's number>", Self::Number(Of::Team)),
    ];
}

/// Who may call a route, and to what end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It changes something.
    Changes,
    /// It reads.
    Reads,
    /// Reviewed: it is open to strangers, who have nothing to show yet or learn nothing secret.
    Open,
}

/// A route.
#[derive(Debug)]
pub(crate) struct Row {
    method: &'static str,
    /// Path and query.
    target: &'static str,
    things: &'static [Thing],
    body: &'static str,
    pub(crate) kind: Kind,
}

const fn row(method: &'static str, target: &'static str, things: &'static [Thing]) -> Row {
    Row { method, target, things, body: "", kind: Kind::Changes }
}

/// A route that reads by GET.
const fn gets(target: &'static str, things: &'static [Thing]) -> Row {
    row("GET", target, things).which(Kind::Reads)
}

/// Every row.
pub(crate) fn all() -> impl Iterator<Item = &'static Row> {
    native::ROWS
        .iter()
        .chain(thinkeo::ROWS)
        .chain(others::ROWS)
        .chain(awx::ROWS)
        .chain(applivery::ROWS)
}

impl Row {
    const fn with(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    const fn which(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    pub(crate) fn method(&self) -> Method {
        self.method.parse().unwrap()
    }

    /// Method and path as the document names them.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.target.split('?').next().unwrap())
    }

    /// Whether it is of AWX's face, which takes credentials of people only that are bound to no
    /// organization.
    pub(crate) fn is_awx(&self) -> bool {
        self.target.starts_with("/api/")
    }

    pub(crate) fn media_type(&self) -> Option<&'static str> {
        match self.body {
            "" => None,
            "picture" => Some("image/png"),
            json if json.starts_with('{') => Some("application/json"),
            _ => Some("application/x-www-form-urlencoded"),
        }
    }

    /// Places that are filled with ids.
    pub(crate) fn places(&self) -> usize {
        let mut places = 0;
        self.filled(|place, _| {
            places = places.max(place + 1);
            String::new()
        });
        places
    }

    /// Target and body with ids in them.
    pub(crate) fn filled(&self, mut id: impl FnMut(usize, Thing) -> String) -> (String, Vec<u8>) {
        let mut target = String::new();
        let mut place = 0;
        let mut rest = self.target;
        while let Some((before, after)) = rest.split_once('{') {
            target.push_str(before);
            target.push_str(&id(place, self.things[place]));
            place += 1;
            rest = after.split_once('}').unwrap().1;
        }
        target.push_str(rest);
        assert_eq!(place, self.things.len(), "{}", self.name());
        let mut body = self.body.to_owned();
        for (name, thing) in Thing::NAMED {
            for text in [&mut target, &mut body] {
                if text.contains(name) {
                    *text = text.replace(name, &id(place, thing));
                    place += 1;
                }
            }
        }
        let body = if body == "picture" { picture() } else { body.into_bytes() };
        (target, body)
    }
}
