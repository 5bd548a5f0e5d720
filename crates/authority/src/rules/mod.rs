//! Rules of the gateway: what a request to a service behind us needs, by its host, path and method.
//!
//! Read this file first: a [`RuleSet`] hears an [`Original`] and gives a [`Ruling`]. Then `path` and
//! `host`, the one strict normalisation; `pattern` and `tree`, what fits; `read` and `check`, what a file
//! says and what is wrong with it; `tell`, what a yes tells; `keep`, which set holds now.
//!
//! **Invariant**: what two programs could read differently is refused before any rule is looked at, so
//! that no rule, a public one least of all, decides about another request than the one that is served
//! (attack book A157).

mod ambiguity;
mod check;
mod host;
mod keep;
mod path;
mod pattern;
mod read;
mod tell;
mod tree;

use std::borrow::Cow;

use crate::demand::Demand;
use crate::secret::Kind;

pub use ambiguity::Ambiguity;
pub use check::Fault;
pub use host::HostPattern;
pub(crate) use keep::Rules;
pub use keep::{InForce, Source};
pub use path::LONGEST_TARGET;
pub use pattern::PathPattern;
pub use read::{LONGEST_PATTERN, LONGEST_TEXT, MOST_PATTERNS, MOST_RULES};
pub use tell::{Telling, Told};
use tree::Tree;

/// A request as the gateway got it. Nothing in it has been believed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Original<'a> {
    /// The method, as sent.
    pub method: &'a str,
    /// The host, perhaps with a port, as sent.
    pub host: &'a str,
    /// Path and query, raw, as sent.
    pub target: &'a str,
}

/// A request in the one form in which it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normal<'a> {
    /// The method: upper case.
    pub method: &'a str,
    /// The host: lower case, without port and trailing dot.
    pub host: Cow<'a, str>,
    /// The path: decoded, without the query.
    pub path: Cow<'a, str>,
}

/// How a gateway may describe the request that it asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// `X-Original-Method`, `X-Original-Host` and `X-Original-URI`.
    Original,
    /// `X-Forwarded-Method`, `X-Forwarded-Host` and `X-Forwarded-Uri`.
    Forwarded,
    /// Its own method and host, and its path below `/check`, as Envoy asks over HTTP.
    Path,
    /// The attributes of Envoy's `CheckRequest`.
    Grpc,
}

/// What a request needs.
#[derive(Debug, PartialEq, Eq)]
pub enum Ruling<'r> {
    /// Nothing: it passes without a token.
    Public {
        /// The rule that says so, counted from 1.
        rule: usize,
    },
    /// A good token.
    Needs {
        /// The rule that says so, counted from 1; `None` if none fits and `otherwise` says so.
        rule: Option<usize>,
        /// What the token must be good for.
        needs: &'r Requirement,
    },
    /// It passes with no token whatever.
    Refused(Refused),
}

/// Why a request passes with no token whatever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It could be read in two ways.
    #[error(transparent)]
    Ambiguous(#[from] Ambiguity),
    /// No rule fits.
    #[error("no rule fits")]
    NoRule,
}

impl Refused {
    /// A stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ambiguous(ambiguity) => ambiguity.code(),
            Self::NoRule => "no_rule",
        }
    }
}

/// What a token must be good for. Where nothing is said, any good token will do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requirement {
    /// The permissions that its holder and its scopes must give.
    pub demand: Option<Demand>,
    /// For whom it must be meant (RFC 8707).
    pub audience: Option<Box<str>>,
    /// Of which of these kinds it must be; none: of any that bears.
    pub kinds: Box<[Kind]>,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Hosts it is about; none: any.
    pub hosts: Box<[HostPattern]>,
    /// Paths it is about; at least one.
    pub paths: Box<[PathPattern]>,
    /// Methods it is about; none: any.
    pub methods: Box<[Box<str>]>,
    /// What it asks for; `None`: nothing, it is public.
    pub needs: Option<Requirement>,
}

/// Rules in their order, of which the first that fits decides. It never changes.
#[derive(Debug)]
pub struct RuleSet {
    text: Box<str>,
    described_by: Box<[Form]>,
    otherwise: Option<Requirement>,
    tell: Telling,
    rules: Box<[Rule]>,
    tree: Tree,
}

impl RuleSet {
    /// Reads a rule set from TOML.
    ///
    /// # Errors
    ///
    /// All that is wrong at once, up to 100 faults. Rules that never decide are told when nothing else is
    /// wrong.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let read::Said { described_by, otherwise, tell, rules } = read::read(text)?;
        let mut tree = Tree::default();
        for (place, rule) in rules.iter().enumerate() {
            rule.paths.iter().for_each(|path| tree.plant(path, place));
        }
        Ok(Self { text: text.into(), described_by, otherwise, tell, rules, tree })
    }

    /// The text that it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a request that is described so is heard at all.
    pub fn hears(&self, form: Form) -> bool {
        self.described_by.contains(&form)
    }

    /// How a request may be described.
    pub fn described_by(&self) -> &[Form] {
        &self.described_by
    }

    /// What is needed where no rule fits; `None`: it is refused.
    pub fn otherwise(&self) -> Option<&Requirement> {
        self.otherwise.as_ref()
    }

    /// What a yes tells the service behind.
    pub fn tells(&self) -> Telling {
        self.tell
    }

    /// The rules, in their order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What a request needs. It does not allocate where nothing of the request is to be decoded.
    pub fn decide<'r>(&'r self, original: &Original<'_>) -> Ruling<'r> {
        match original.normal() {
            Ok(normal) => self.decide_normal(&normal),
            Err(ambiguity) => Ruling::Refused(Refused::Ambiguous(ambiguity)),
        }
    }

    fn decide_normal(&self, request: &Normal<'_>) -> Ruling<'_> {
        let fits = |place: usize| self.rules.get(place).is_some_and(|rule| rule.fits(request));
        let place = self.tree.first(&request.path, &fits);
        let number = place.map(|place| place + 1);
        match (place.and_then(|place| self.rules.get(place)), number, &self.otherwise) {
            (Some(Rule { needs: None, .. }), Some(rule), _) => Ruling::Public { rule },
            (Some(Rule { needs: Some(needs), .. }), rule, _) => Ruling::Needs { rule, needs },
            (_, _, Some(needs)) => Ruling::Needs { rule: None, needs },
            (_, _, None) => Ruling::Refused(Refused::NoRule),
        }
    }
}

impl<'a> Original<'a> {
    /// The request that a client makes which is given this URL; `None` if it is no absolute URL of `http`
    /// or `https` with a path.
    pub fn of_url(method: &'a str, url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let known = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (host, target) = rest.split_at(end);
        let target = if target.is_empty() { "/" } else { target };
        known.then_some(Self { method, host, target })
    }

    /// The request in the form in which it is compared.
    ///
    /// # Errors
    ///
    /// What makes it ambiguous.
    pub fn normal(&self) -> Result<Normal<'a>, Ambiguity> {
        let Self { method, host, target } = *self;
        if !is_method(method) {
            return Err(Ambiguity::Method);
        }
        Ok(Normal { method, host: host::normal(host)?, path: path::normal(target)? })
    }
}

/// Upper-case letters, digits and `-`, beginning with a letter: of the tokens of RFC 9110 (section 5.6.2)
/// those that nobody folds. At most 32 bytes.
fn is_method(text: &str) -> bool {
    let letters = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
    text.len() <= 32
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(letters)
}

impl Rule {
    /// Whether host and method fit. The path was found by the tree.
    fn fits(&self, request: &Normal<'_>) -> bool {
        let Self { hosts, methods, .. } = self;
        (methods.is_empty() || methods.iter().any(|method| **method == *request.method))
            && (hosts.is_empty() || hosts.iter().any(|host| host.fits(&request.host)))
    }
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Original, Self::Forwarded, Self::Path, Self::Grpc];

    /// Its word in a rule set.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Original => "x-original",
            Self::Forwarded => "x-forwarded",
            Self::Path => "path",
            Self::Grpc => "grpc",
        }
    }

    /// The form with this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.word() == word)
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
