//! The gateway's rules: those that hold, others in their place, and what they say of a request.

use authority::Authority;
use authority::error::Refusal;
use authority::rules::{
    Form, InForce, Original, Refused, Requirement, Rule, RuleSet, Ruling, Source, Told,
};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fault::{Fault, Readers, Writers};
use super::request::{Body, Caller};

/// Which rules hold.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownRules {
    /// `file`, `database`, or `none`: whoever asks the gateway says what is needed.
    source: &'static str,
    /// Whether newer ones are written, which can't be read.
    stale: bool,
    set: Option<ShownSet>,
}

/// A rule set.
#[derive(Serialize, ToSchema)]
struct ShownSet {
    /// Of the text, in hexadecimal digits.
    sha256: String,
    /// Since when this node has it, RFC 3339.
    loaded_at: String,
    /// How requests may be described.
    described_by: Vec<&'static str>,
    /// What no rule fits: `refuse` or `any`.
    otherwise: &'static str,
    /// What a yes tells.
    tell: Vec<&'static str>,
    rules: Vec<ShownRule>,
    /// As it was written: TOML.
    text: String,
}

/// A rule.
#[derive(Serialize, ToSchema)]
struct ShownRule {
    /// None: any.
    hosts: Vec<String>,
    paths: Vec<String>,
    /// None: any.
    methods: Vec<String>,
    /// `null`: it is public.
    needs: Option<ShownRequirement>,
}

/// What a token must be good for.
#[derive(Serialize, ToSchema)]
struct ShownRequirement {
    permission: Option<String>,
    audience: Option<String>,
    /// None: of any.
    kinds: Vec<&'static str>,
}

impl From<&Requirement> for ShownRequirement {
    fn from(needs: &Requirement) -> Self {
        Self {
            permission: needs.demand.as_ref().map(ToString::to_string),
            audience: needs.audience.as_deref().map(str::to_owned),
            kinds: needs.kinds.iter().map(|kind| kind.word()).collect(),
        }
    }
}

impl From<&Rule> for ShownRule {
    fn from(rule: &Rule) -> Self {
        Self {
            hosts: rule.hosts.iter().map(ToString::to_string).collect(),
            paths: rule.paths.iter().map(ToString::to_string).collect(),
            methods: rule.methods.iter().map(ToString::to_string).collect(),
            needs: rule.needs.as_ref().map(Into::into),
        }
    }
}

impl From<&InForce> for ShownSet {
    fn from(held: &InForce) -> Self {
        Self {
            sha256: held.sha256.clone(),
            loaded_at: held.since.to_string(),
            described_by: held.described_by().iter().copied().map(Form::word).collect(),
            otherwise: if held.otherwise().is_some() { "any" } else { "refuse" },
            tell: held.tells().iter().map(Told::word).collect(),
            rules: held.rules().iter().map(Into::into).collect(),
            text: held.text().to_owned(),
        }
    }
}

fn shown(authority: &Authority, held: Option<&InForce>) -> Json<ShownRules> {
    let source = match held.map(|held| held.source) {
        None => "none",
        Some(Source::File) => "file",
        Some(Source::Database) => "database",
    };
    let set = held.map(Into::into);
    Json(ShownRules { source, stale: authority.rules_are_stale(), set })
}

/// New rules.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRules {
    /// All of them, in TOML, as a file has them.
    text: String,
}

/// `GET /authority/v1/rules`
#[utoipa::path(
    get, path = "/rules", operation_id = "rules_show",
    tag = "Installation", security(("bearer" = []), ("basic" = [])),
    responses((status = 200, description = "What holds now", body = ShownRules), Readers),
)]
pub(super) async fn show(
    State(authority): State<Authority>,
    Caller(actor): Caller,
) -> Result<Json<ShownRules>, Fault> {
    Ok(shown(&authority, authority.show_rules(&actor).await?.as_deref()))
}

/// `PUT /authority/v1/rules`
#[utoipa::path(
    put, path = "/rules", operation_id = "rules_replace",
    tag = "Installation", security(("bearer" = []), ("basic" = [])),
    request_body = NewRules,
    responses((status = 200, description = "What holds now", body = ShownRules), Writers),
)]
pub(super) async fn replace(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Body(NewRules { text }): Body<NewRules>,
) -> Result<Json<ShownRules>, Fault> {
    Ok(shown(&authority, authority.change_rules(&actor, &text).await?.as_deref()))
}

/// `DELETE /authority/v1/rules`: those of the database.
#[utoipa::path(
    delete, path = "/rules", operation_id = "rules_reset",
    tag = "Installation", security(("bearer" = []), ("basic" = [])),
    responses((status = 200, description = "What holds now", body = ShownRules), Writers),
)]
pub(super) async fn reset(
    State(authority): State<Authority>,
    Caller(actor): Caller,
) -> Result<Json<ShownRules>, Fault> {
    Ok(shown(&authority, authority.drop_rules(&actor).await?.as_deref()))
}

/// A request to a service behind the gateway.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Described {
    method: String,
    /// Absolute, as a client is given it, such as `https://api.example.com/orders/7`.
    url: String,
}

/// What a request needs, and why.
#[derive(Serialize, ToSchema)]
pub(super) struct Explained {
    /// `public`, `token` or `refused`.
    ruling: &'static str,
    /// The rule that decides, counted from 1.
    rule: Option<usize>,
    /// What a token must be good for.
    needs: Option<ShownRequirement>,
    /// Why it is refused: `no_rule`, or what makes it ambiguous, as a word.
    refused: Option<&'static str>,
    /// Whether it is refused because it can be read in two ways.
    ambiguous: bool,
    /// The same for people.
    detail: Option<String>,
    /// The request in the form in which it is compared, unless it is ambiguous.
    compared: Option<Compared>,
}

/// A request in the form in which it is compared.
#[derive(Serialize, ToSchema)]
struct Compared {
    method: String,
    host: String,
    path: String,
}

impl Explained {
    fn of(set: &RuleSet, original: &Original<'_>) -> Self {
        let compared = original.normal().ok().map(|normal| Compared {
            method: normal.method.to_owned(),
            host: normal.host.into_owned(),
            path: normal.path.into_owned(),
        });
        let none = Self {
            ruling: "refused",
            rule: None,
            needs: None,
            refused: None,
            ambiguous: false,
            detail: None,
            compared,
        };
        match set.decide(original) {
            Ruling::Public { rule } => Self { ruling: "public", rule: Some(rule), ..none },
            Ruling::Needs { rule, needs } => {
                Self { ruling: "token", rule, needs: Some(needs.into()), ..none }
            }
            Ruling::Refused(why) => {
                let ambiguous = matches!(why, Refused::Ambiguous(_));
                let (code, detail) = (why.code(), why.to_string());
                Self { refused: Some(code), ambiguous, detail: Some(detail), ..none }
            }
        }
    }
}

/// `POST /authority/v1/rules/test`: what the rules that hold say of a request.
#[utoipa::path(
    post, path = "/rules/test", operation_id = "rules_test",
    tag = "Installation", security(("bearer" = []), ("basic" = [])),
    request_body = Described,
    responses((status = 200, description = "What it needs", body = Explained), Writers),
)]
pub(super) async fn test(
    State(authority): State<Authority>,
    Caller(actor): Caller,
    Body(Described { method, url }): Body<Described>,
) -> Result<Json<Explained>, Fault> {
    let held = authority.show_rules(&actor).await?;
    let rules = held.ok_or(Refusal::Missing("rule set"))?;
    let rule = "an absolute URL, such as https://api.example.com/orders/7";
    let original = Original::of_url(&method, &url).ok_or_else(|| Fault::invalid("url", rule))?;
    Ok(Json(Explained::of(&rules, &original)))
}
