//! Every path of AWX's that is served, and what it does.

use axum::http::Method;

use super::options::{About, Fields};
use super::view::{Action, View};
use super::{activity, applications, discovery, organizations, provider, roles, settings, teams};
use super::{tokens, users};

/// A view that strangers may not look at.
fn view(
    path: &'static str,
    (name, fields, list): (&'static str, Fields, bool),
    actions: &[(Method, Action)],
) -> View {
    let about = About { name, fields, list };
    View { path, about, open: false, actions: actions.to_vec() }
}

/// A list that can only be read.
fn list(path: &'static str, name: &'static str, fields: Fields, get: Action) -> View {
    view(path, (name, fields, true), &[(Method::GET, get)])
}

/// A list that can be added to.
fn growing(
    path: &'static str,
    (name, fields): (&'static str, Fields),
    (get, post): (Action, Action),
) -> View {
    view(path, (name, fields, true), &[(Method::GET, get), (Method::POST, post)])
}

/// An object.
fn object(
    path: &'static str,
    (name, fields): (&'static str, Fields),
    (get, put, delete): (Action, Action, Action),
) -> View {
    let actions =
        [(Method::GET, get), (Method::PUT, put), (Method::PATCH, put), (Method::DELETE, delete)];
    view(path, (name, fields, false), &actions)
}

/// A view for everybody.
fn open(path: &'static str, (name, fields): (&'static str, Fields), get: Action) -> View {
    View { open: true, ..view(path, (name, fields, false), &[(Method::GET, get)]) }
}

/// Every view.
pub(super) fn all() -> Vec<View> {
    let mut all = about_itself();
    all.extend(of_users());
    all.extend(of_organizations());
    all.extend(of_teams());
    all.extend(of_applications());
    all.extend(of_tokens());
    all.extend(of_roles());
    all
}

fn about_itself() -> Vec<View> {
    use Fields::{Config, Ping, Plain, Settings, User};
    let mut all = vec![
        open("/", ("REST API", Plain), discovery::root),
        open("/o/", ("API OAuth 2 Authorization Root", Plain), provider::root),
        open("/v2/", ("Version 2", Plain), discovery::version),
        open("/v2/ping/", ("Instance", Ping), discovery::ping),
        open("/v2/auth/", ("Auth", Plain), discovery::auth),
        view(
            "/v2/config/",
            ("Configuration", Config, false),
            &[
                (Method::GET, discovery::config),
                (Method::POST, discovery::license),
                (Method::DELETE, discovery::license),
            ],
        ),
        list("/v2/me/", "Me", User, users::me),
        list("/v2/settings/", "Setting Categories", Settings, settings::list),
        object(
            "/v2/settings/authentication/",
            ("Setting Detail", Settings),
            (settings::show, settings::update, settings::reset),
        ),
    ];
    all.extend(discovery::EMPTY.map(|(path, name)| list(path, name, Plain, discovery::empty)));
    all
}

fn of_users() -> Vec<View> {
    use Fields::{Activity, AuthorizedToken, Organization, PersonalToken, Role, Team, Token, User};
    vec![
        growing("/v2/users/", ("User List", User), (users::list, users::create)),
        object(
            "/v2/users/{id}/",
            ("User Detail", User),
            (users::show, users::update, users::delete),
        ),
        list("/v2/users/{id}/teams/", "User Team List", Team, teams::list_of_user),
        list(
            "/v2/users/{id}/organizations/",
            "User Organizations List",
            Organization,
            organizations::list_of_user,
        ),
        list(
            "/v2/users/{id}/admin_of_organizations/",
            "User Admin Of Organizations List",
            Organization,
            organizations::list_administered,
        ),
        growing(
            "/v2/users/{id}/roles/",
            ("User Roles List", Role),
            (roles::list_of_user, roles::assign),
        ),
        list(
            "/v2/users/{id}/activity_stream/",
            "User Activity Stream List",
            Activity,
            activity::of_user,
        ),
        growing(
            "/v2/users/{id}/tokens/",
            ("OAuth2 User Tokens", Token),
            (tokens::list_of_user, tokens::create_below_user),
        ),
        growing(
            "/v2/users/{id}/personal_tokens/",
            ("OAuth2 Personal Access Tokens", PersonalToken),
            (tokens::list_personal, tokens::create_personal),
        ),
        growing(
            "/v2/users/{id}/authorized_tokens/",
            ("OAuth2 User Authorized Access Tokens", AuthorizedToken),
            (tokens::list_authorized, tokens::create_authorized),
        ),
    ]
}

fn of_organizations() -> Vec<View> {
    use Fields::{Activity, Application, Organization, Team, User};
    vec![
        growing(
            "/v2/organizations/",
            ("Organization List", Organization),
            (organizations::list, organizations::create),
        ),
        object(
            "/v2/organizations/{id}/",
            ("Organization Detail", Organization),
            (organizations::show, organizations::update, organizations::delete),
        ),
        growing(
            "/v2/organizations/{id}/users/",
            ("Organization Users List", User),
            (organizations::members_of, organizations::seat_member),
        ),
        growing(
            "/v2/organizations/{id}/admins/",
            ("Organization Admins List", User),
            (organizations::admins_of, organizations::seat_admin),
        ),
        growing(
            "/v2/organizations/{id}/teams/",
            ("Organization Teams List", Team),
            (teams::list_of_organization, teams::create_below_organization),
        ),
        growing(
            "/v2/organizations/{id}/applications/",
            ("Organization OAuth2 Applications", Application),
            (applications::list_of_organization, applications::create_below_organization),
        ),
        list(
            "/v2/organizations/{id}/activity_stream/",
            "Organization Activity Stream List",
            Activity,
            activity::of_organization,
        ),
    ]
}

fn of_teams() -> Vec<View> {
    use Fields::{Activity, Role, Team, User};
    vec![
        growing("/v2/teams/", ("Team List", Team), (teams::list, teams::create)),
        object(
            "/v2/teams/{id}/",
            ("Team Detail", Team),
            (teams::show, teams::update, teams::delete),
        ),
        growing(
            "/v2/teams/{id}/users/",
            ("Team Users List", User),
            (teams::members_of, teams::seat_member),
        ),
        list("/v2/teams/{id}/roles/", "Team Roles List", Role, teams::roles_of),
        list(
            "/v2/teams/{id}/activity_stream/",
            "Team Activity Stream List",
            Activity,
            activity::of_team,
        ),
    ]
}

fn of_applications() -> Vec<View> {
    use Fields::{Activity, Application, Token};
    vec![
        growing(
            "/v2/applications/",
            ("OAuth 2 Applications", Application),
            (applications::list, applications::create),
        ),
        object(
            "/v2/applications/{id}/",
            ("OAuth 2 Application Detail", Application),
            (applications::show, applications::update, applications::delete),
        ),
        growing(
            "/v2/applications/{id}/tokens/",
            ("OAuth 2 Application Tokens", Token),
            (tokens::list_of_application, tokens::create_for_application),
        ),
        list(
            "/v2/applications/{id}/activity_stream/",
            "Activity Stream List",
            Activity,
            activity::of_application,
        ),
    ]
}

fn of_tokens() -> Vec<View> {
    use Fields::{Activity, Token};
    vec![
        growing("/v2/tokens/", ("OAuth2 Tokens", Token), (tokens::list, tokens::create)),
        object(
            "/v2/tokens/{id}/",
            ("OAuth Token Detail", Token),
            (tokens::show, tokens::update, tokens::delete),
        ),
        list(
            "/v2/tokens/{id}/activity_stream/",
            "Activity Stream List",
            Activity,
            activity::of_token,
        ),
    ]
}

fn of_roles() -> Vec<View> {
    use Fields::{Activity, Role, Team, User};
    vec![
        list("/v2/roles/", "Role List", Role, roles::list),
        view("/v2/roles/{id}/", ("Role Detail", Role, false), &[(Method::GET, roles::show)]),
        list("/v2/roles/{id}/users/", "Role Users List", User, roles::users_of),
        list("/v2/roles/{id}/teams/", "Role Teams List", Team, roles::teams_of),
        list("/v2/activity_stream/", "Activity Stream List", Activity, activity::list),
        view(
            "/v2/activity_stream/{id}/",
            ("Activity Stream Detail", Activity, false),
            &[(Method::GET, activity::show)],
        ),
    ]
}
