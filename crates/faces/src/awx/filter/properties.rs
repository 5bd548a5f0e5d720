//! What holds of any query.

use authority::search::{Column, Condition, Search, Test};
use proptest::prelude::*;

use super::*;

const MODELS: [Model; 6] = [
    Model::User,
    Model::Organization,
    Model::Team,
    Model::Application,
    Model::Token,
    Model::Activity,
];

const SECRETS: [&str; 5] = ["password", "token", "refresh_token", "client_id", "client_secret"];

/// Names of fields of some model, and some that are of none.
const NAMES: [&str; 34] = [
    "id",
    "pk",
    "username",
    "first_name",
    "last_name",
    "email",
    "is_superuser",
    "date_joined",
    "last_login",
    "name",
    "description",
    "scope",
    "created",
    "modified",
    "expires",
    "last_used",
    "client_type",
    "authorization_grant_type",
    "redirect_uris",
    "skip_authorization",
    "user",
    "application",
    "organization",
    "created_by",
    "modified_by",
    "actor",
    "timestamp",
    "operation",
    "object1",
    "role_level",
    "type",
    "nosuch",
    "or",
    "",
];

const PREFIXES: [&str; 8] = ["", "", "", "not__", "or__", "or__not__", "chain__", "chain__not__"];

const SUFFIXES: [&str; 18] = [
    "",
    "",
    "",
    "__exact",
    "__iexact",
    "__contains",
    "__istartswith",
    "__iendswith",
    "__regex",
    "__iregex",
    "__gt",
    "__lte",
    "__in",
    "__isnull",
    "__search",
    "__int",
    "__gt__int",
    "__range",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned),
        1 => prop::sample::select(&SECRETS[..]).prop_map(str::to_owned),
        1 => ".{0,6}",
    ]
}

fn key() -> impl Strategy<Value = String> {
    let parts = (
        prop::sample::select(&PREFIXES[..]),
        prop::collection::vec(name(), 1..4),
        prop::sample::select(&SUFFIXES[..]),
    );
    let built =
        parts.prop_map(|(prefix, names, suffix)| format!("{prefix}{}{suffix}", names.join("__")));
    let reserved = prop::sample::select(&RESERVED[..]).prop_map(str::to_owned);
    prop_oneof![6 => built, 1 => reserved, 1 => ".{0,20}"]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,3}",
        "(true|0|null|None|-1|create|id|-user__username|user)",
        "2026-[0-9]{2}-[0-3][0-9]([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,7})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?",
        "[a-z0-9, '\"]{0,30}",
        "[a-c(){}*+|\\[\\]\\\\0-9]{0,12}",
        ".{0,40}",
    ]
}

fn query() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((key(), value()), 0..4)
}

/// Each test of a condition, by whether its value is of the sort of its column.
fn fit(condition: &Condition) -> bool {
    use authority::search::{Sort, Value};
    let of = |sort, value: &Value| match value {
        Value::Text(_) => sort == Sort::Text,
        Value::Integer(_) => sort == Sort::Integer,
        Value::Boolean(_) => sort == Sort::Boolean,
        Value::Time(_) => sort == Sort::Time,
        Value::Id(_) => sort == Sort::Id,
    };
    match condition {
        Condition::All(several) | Condition::Any(several) => several.iter().all(fit),
        Condition::Not(one) => fit(one),
        Condition::Test(path, test) => {
            let sort = path.column().sort();
            match test {
                Test::Is(value)
                | Test::Below(value)
                | Test::AtMost(value)
                | Test::Above(value)
                | Test::AtLeast(value) => of(sort, value),
                Test::In(values) => values.iter().all(|value| of(sort, value)),
                Test::Absent => true,
                Test::Text(_) => matches!(sort, Sort::Text | Sort::Integer),
            }
        }
        Condition::Seated(..)
        | Condition::InGroup(_)
        | Condition::Seats(..)
        | Condition::Holds(_) => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 4_096,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_query_is_refused_or_becomes_a_search_within_bounds(
        model in prop::sample::select(&MODELS[..]),
        query in query(),
    ) {
        match compile(model, &query, &|_, _| Condition::never()) {
            Ok(Narrowed { condition, order }) => {
                prop_assert!(fit(&condition));
                let search = Search { order, ..Search::over(model.thing(), condition) };
                prop_assert!(search.check().is_ok());
            }
            Err(Refused { status, detail }) => {
                prop_assert!(matches!(status.as_u16(), 400 | 403) && !detail.is_empty());
            }
        }
    }

    #[test]
    fn no_secret_is_ever_asked_for(
        model in prop::sample::select(&MODELS[..]),
        way in prop::collection::vec(name(), 0..3),
        secret in prop::sample::select(&SECRETS[..]),
        rest in prop::collection::vec(key(), 0..2),
        value in value(),
    ) {
        let names: Vec<String> = way.into_iter().chain([secret.to_owned()]).chain(rest).collect();
        let path = names.join("__");
        prop_assert!(compile(model, &[(path.clone(), value)], &|_, _| Condition::never()).is_err());
        prop_assert!(compile(model, &[("order_by".to_owned(), path)], &|_, _| Condition::never()).is_err());
    }

    #[test]
    fn any_query_has_a_page_and_links(query in query(), count in 0_u64..1_000) {
        let Ok(page) = Wanted::read(&query).and_then(|wanted| wanted.settle(Some(count))) else {
            return Ok(());
        };
        prop_assert!(page.offset() <= count);
        if let Some(link) = page.next("/", &query) {
            let (_, text) = link.split_once('?').unwrap();
            let again: Vec<(String, String)> = serde_urlencoded::from_str(text).unwrap();
            prop_assert!(again.iter().map(|(key, _)| key).is_sorted());
            let next = Wanted::read(&again).and_then(|wanted| wanted.settle(Some(count)));
            prop_assert!(next.unwrap().offset() > page.offset());
        }
    }
}

#[test]
fn each_column_of_the_vocabulary_can_be_reached() {
    for model in MODELS {
        for (links, column) in model.order() {
            assert!(authority::search::Path::across(model.thing(), links, *column).is_some());
        }
        for column in model.searched() {
            assert!(model.thing().has(*column));
        }
        for name in NAMES {
            match model.knows(name) {
                Some(model::Known::Column(column)) => assert!(model.thing().has(column), "{name}"),
                Some(model::Known::Relation(link, other)) => {
                    assert_eq!(model.thing().across(link), Some(other.thing()), "{name}");
                    assert!(other.thing().has(Column::Number));
                }
                Some(model::Known::Special | model::Known::Secret) | None => {}
            }
        }
    }
}
