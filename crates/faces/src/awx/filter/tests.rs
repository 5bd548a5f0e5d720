//! What single queries become, and how they are refused.

use authority::search::{Column, Condition, Link, Part, Path, Test, Value, Where};

use super::*;

fn read(model: Model, query: &str) -> Result<Narrowed, Refused> {
    compile(model, &serde_urlencoded::from_str::<Vec<_>>(query).unwrap(), &|_, _| {
        Condition::never()
    })
}

/// The conditions of a query over tokens, without what asks nothing.
fn all(query: &str) -> Vec<Condition> {
    let condition = read(Model::Token, query).unwrap().condition;
    let Condition::All(all) = condition else {
        return vec![condition];
    };
    all.into_iter().filter(|one| *one != Condition::always()).collect()
}

/// How a query over tokens is refused.
fn refused(query: &str) -> (u16, String) {
    of(Model::Token, query)
}

fn of(model: Model, query: &str) -> (u16, String) {
    let Refused { status, detail } = read(model, query).unwrap_err();
    (status.as_u16(), detail)
}

fn path(links: &[Link], column: Column) -> Path {
    Path::across(Model::Token.thing(), links, column).unwrap()
}

fn number(number: i64) -> Condition {
    Condition::Test(path(&[], Column::Number), Test::Is(Value::Integer(number)))
}

fn inside(path: Path, text: &str, folded: bool) -> Condition {
    let part = Part { place: Where::Inside, folded, text: text.to_owned() };
    Condition::Test(path, Test::Text(part))
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

#[test]
fn a_fault_is_told_in_the_words_of_awx() {
    for (query, told) in [
        ("nosuch=1", "OAuth2AccessToken has no field named 'nosuch'"),
        ("user__nosuch=1", "User has no field named 'nosuch'"),
        ("user__=1", "User has no field named ''"),
        ("access_token=1", "OAuth2AccessToken has no field named 'access_token'"),
        ("not__or__id=1", "OAuth2AccessToken has no field named 'or'"),
        ("order_by=nosuch", "OAuth2AccessToken has no field named 'nosuch'"),
        ("order_by=url", "OAuth2AccessToken has no field named 'url'"),
        ("order_by=type", "OAuth2AccessToken has no field named 'type'"),
        ("order_by=", "OAuth2AccessToken has no field named ''"),
        ("application__organization__created_by=1", "Organization has no field named 'created_by'"),
        ("id=abc", "[\"“abc” value must be an integer.\"]"),
        ("id=a%22b", "[\"“a\\\"b” value must be an integer.\"]"),
        ("id__in=1,x", "[\"“x” value must be an integer.\"]"),
        ("id__in=", "cannot provide empty value for __in"),
        ("id__int=abc", "invalid literal for int() with base 10: 'abc'"),
        ("application=abc", "Invalid application id: abc"),
        ("application__gt=null", "Cannot use None as a query value"),
        ("application__isnull=perhaps", "Unable to convert \"perhaps\" to boolean"),
        ("user__is_superuser=", "Unable to convert \"\" to boolean"),
        ("id__range=1,2", "No related model for field range."),
        (
            "expires__lt=abc",
            "[\"“abc” value has an invalid format. It must be in \
             YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format.\"]",
        ),
        ("scope__regex=(", "unclosed group"),
        (
            "id__iexact=1",
            "id is not a text field and cannot be filtered by case-insensitive search",
        ),
        (
            "expires__startswith=2026-01-01",
            "expires is not a text field and cannot be filtered by startswith",
        ),
        ("application__contains=1", "Related Field got invalid lookup: contains"),
        ("description__search=x", "description is not searchable"),
        (
            "user__main_oauth2accesstoken__user__id=1",
            "Loops not allowed in filters, detected on field user.",
        ),
        ("=1", "Query string field name not provided."),
        ("not__=1", "Query string field name not provided."),
        ("__gt=1", "Query string field name not provided."),
        ("caf%C3%A9=1", "'café' is not an allowed field name. Must be ascii encodable."),
        ("id=%00", "Null characters are not allowed."),
    ] {
        assert_eq!(refused(query), (400, told.to_owned()), "{query}");
    }
    assert_eq!(refused("role_level=admin_role").0, 400);
}

#[test]
fn a_secret_is_neither_compared_nor_sorted_by() {
    for (model, key, name) in [
        (Model::Token, "token", "token"),
        (Model::Token, "not__token__startswith", "token"),
        (Model::Token, "refresh_token", "refresh_token"),
        (Model::Token, "refresh_token__token", "refresh_token"),
        (Model::Token, "or__user__password__regex", "password"),
        (Model::Token, "application__client_secret", "client_secret"),
        (Model::User, "password", "password"),
        (Model::Organization, "created_by__password", "password"),
        (Model::Team, "organization__modified_by__password", "password"),
        (Model::Application, "client_id", "client_id"),
        (Model::Application, "client_secret__isnull", "client_secret"),
        (Model::Activity, "actor__password__search", "password"),
    ] {
        let told = (403, format!("Filtering on {name} is not allowed."));
        assert_eq!(of(model, &format!("{key}=x")), told, "{key}");
    }
    let told = (403, "Filtering on password is not allowed.".to_owned());
    assert_eq!(refused("order_by=id,-user__password"), told);
    assert_eq!(refused("order=-token").0, 403);
}

#[test]
fn too_much_is_refused() {
    let times = |text: &str, times: usize| text.repeat(times);
    for query in [
        times("id=1&", 41),
        format!("description={}", times("a", 1_025)),
        format!("id__in={}1", times("1,", 500)),
        format!("search={}", times("a,", 11)),
        format!("user__search=a&{}", times("user__search=a,b&", 5)),
        format!("order_by={}", times("id,", 9)),
        times("scope__regex=a&", 5),
        format!("user__search={}a&{}", times("a,", 9), times("id=1&", 9)),
    ] {
        assert_eq!(refused(&query).0, 400, "{query}");
    }
    let most = format!("{}search={}&order_by=id", times("id=1&", 38), times("a,", 10));
    assert!(read(Model::Token, &most).is_ok());
}

#[test]
fn all_must_hold_and_one_of_those_with_or() {
    assert_eq!(all("id=1&id=2"), [number(1), number(2)]);
    assert_eq!(
        all("or__id=1&chain__id=3&or__not__id=2"),
        [number(3), Condition::Any(vec![number(1), not(number(2))]),]
    );
    assert_eq!(all("not__id__int=%2B1&chain__not__pk=2"), [not(number(1)), not(number(2))]);
}

#[test]
fn a_relation_is_compared_by_its_number() {
    let client = || path(&[Link::Client], Column::Number);
    let is = |test| vec![Condition::Test(client(), test)];
    assert_eq!(all("application=5"), is(Test::Is(Value::Integer(5))));
    assert_eq!(all("application=None"), is(Test::Absent));
    assert_eq!(all("application__isnull=TRUE"), is(Test::Absent));
    assert_eq!(all("application__isnull=0"), [not(Condition::Test(client(), Test::Absent))]);
    assert_eq!(all("application__in=null,5"), is(Test::In(vec![Value::Integer(5)])));
    let organization = path(&[Link::Client, Link::Organization], Column::Number);
    let one = Condition::Test(organization, Test::Is(Value::Integer(1)));
    assert_eq!(all("application__organization=1"), [one]);
}

#[test]
fn values_are_of_the_sort_of_their_column() {
    let id = || path(&[], Column::Number);
    assert_eq!(all("id__contains=%2007"), [inside(id(), "7", false)]);
    assert_eq!(all("id=99999999999999999999"), [number(i64::MAX)]);
    assert_eq!(
        all("description=null"),
        [Condition::Test(path(&[], Column::Label), Test::Is(Value::Text("null".to_owned())),)]
    );
    assert_eq!(
        all("last_used=null"),
        [Condition::Test(path(&[], Column::LastUsedAt), Test::Absent,)]
    );
    let noon = "2026-11-21T12:00:00Z".parse().unwrap();
    assert_eq!(
        all("expires__gte=2026-11-21+12:00"),
        [Condition::Test(path(&[], Column::ExpiresAt), Test::AtLeast(Value::Time(noon)),)]
    );
    assert_eq!(
        all("user__is_superuser=TRUE"),
        [Condition::Test(path(&[Link::User], Column::Superuser), Test::Is(Value::Boolean(true)),)]
    );
}

#[test]
fn words_and_commas_separate_terms_that_must_all_match() {
    let label = |text| Condition::Any(vec![inside(path(&[], Column::Label), text, true)]);
    let terms = |terms| vec![Condition::All(terms)];
    assert_eq!(all("search=by+touched"), terms(vec![label("by"), label("touched")]));
    assert_eq!(all("search=x&search=touched,zzz"), terms(vec![label("touched"), label("zzz")]));
    assert_eq!(all("search="), []);
    assert_eq!(of(Model::Activity, "search=x"), (400, "activity_stream is not searchable".into()));
}

#[test]
fn of_terms_of_relations_one_must_match_or_with_a_comma_all() {
    let name = |text| {
        let column = |column| inside(path(&[Link::Client], column), text, true);
        Condition::Any(vec![column(Column::Name), column(Column::Description)])
    };
    let group = |group| vec![Condition::All(vec![group])];
    let one = group(Condition::Any(vec![name("a"), name("b c")]));
    assert_eq!(all("application__search=a&application__search=b+c"), one);
    let both = group(Condition::All(vec![name("a"), name("b")]));
    assert_eq!(all("application__search=a,b"), both);
}

#[test]
fn another_type_empties_the_list() {
    assert_eq!(all("type=o_auth2_access_token&id=1"), [number(1)]);
    assert_eq!(all("type=user,o_auth2_access_token&id=1"), [number(1)]);
    assert_eq!(all("type=user&id=1"), [Condition::never()]);
    assert_eq!(all("type="), []);
    assert_eq!(refused("type=user&id=x").0, 400);
}

#[test]
fn a_list_is_sorted_as_asked_and_then_in_its_own_order() {
    let order = |model, query: &str| {
        let order = read(model, query).unwrap().order;
        let each = order.iter().map(|(path, downwards)| {
            let sign = if *downwards { "-" } else { "" };
            format!("{sign}{:?}{:?}", path.links(), path.column())
        });
        each.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(order(Model::Token, ""), "");
    assert_eq!(order(Model::Token, "order_by=description,-id"), "[]Label -[]Number");
    assert_eq!(order(Model::Token, "order_by=id&order=last_used"), "[]LastUsedAt");
    assert_eq!(
        order(Model::Token, "order_by=-user__username,user,application"),
        "-[User]Username [User]Number [Client]Name"
    );
    assert_eq!(order(Model::User, "order_by=-username"), "-[]Username");
    assert_eq!(order(Model::Team, ""), "[Organization]Tenant [Organization]Name []Name");
    assert_eq!(
        order(Model::Application, "order_by=name"),
        "[]Name [Organization]Tenant [Organization]Name"
    );
    assert_eq!(order(Model::Activity, "order_by=-timestamp"), "-[]At");
}

#[test]
fn fields_of_the_journal_are_compared_by_who_knows_them() {
    let known = |name: &str, value: &str| {
        if name == "operation" && value == "create" {
            Condition::always()
        } else {
            Condition::never()
        }
    };
    let read = |query: &str| {
        let query = serde_urlencoded::from_str::<Vec<_>>(query).unwrap();
        compile(Model::Activity, &query, &known)
    };
    let mut asked = vec![
        Condition::Any(vec![Condition::always()]),
        not(Condition::Any(vec![Condition::never(), Condition::always()])),
        Condition::Any(vec![Condition::never()]),
    ];
    asked.push(Condition::always());
    let query = "operation=create&not__operation__in=x,create&object1=user";
    assert_eq!(read(query).unwrap().condition, Condition::All(asked));
    let Refused { detail, .. } = read("operation__contains=x").unwrap_err();
    assert_eq!(detail, "operation cannot be filtered by contains");
    assert!(read("order_by=operation").is_err());
    assert!(read("operation__x=1").is_err());
}

#[test]
fn reserved_names_are_no_fields() {
    assert_eq!(
        all(&RESERVED.map(|name| format!("{name}=id")).join("&").replace("type=id", "")).len(),
        1
    );
}
