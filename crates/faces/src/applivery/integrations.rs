//! What an application's token opens here: the configuration that a mobile SDK asks for first. What services behind
//! Chancery serve is not served here, and says so (contract, section 5).

use authority::Authority;
use authority::application::Application;
use authority::permission::Permission;
use axum::extract::State;
use axum::http::Method;
use serde::Serialize;
use utoipa::ToSchema;

use super::envelope::Data;
use super::fault::{Fault, Readers};
use super::ident::Ident;
use super::request::Bearer;

/// What an SDK may do with an app. Nothing is distributed from here, so nothing is forced.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Distribution {
    force_update: bool,
    ota: bool,
    force_auth: bool,
}

/// The same for both kinds of phones.
#[derive(Serialize, ToSchema)]
struct Sdk {
    ios: Distribution,
    android: Distribution,
}

/// An app as its SDK sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = AppConfiguration)]
pub(super) struct Configuration {
    id: Ident,
    slug: String,
    /// The systems that builds are kept for: none are kept here.
    oss: Vec<String>,
    name: String,
    description: String,
    sdk: Sdk,
}

impl From<Application> for Configuration {
    fn from(application: Application) -> Self {
        let plain = || Distribution { force_update: false, ota: false, force_auth: false };
        Self {
            id: Ident::of(application.created_at, application.number),
            slug: application.slug,
            oss: Vec::new(),
            name: application.name,
            description: application.description,
            sdk: Sdk { ios: plain(), android: plain() },
        }
    }
}

/// A permission of this wire's own areas.
fn permission(text: &str) -> Result<Permission, Fault> {
    Permission::parse(text).ok_or_else(Fault::no_such_path)
}

/// `GET /v1/app`: the app whose token is shown.
#[utoipa::path(
    get, path = "/app", tag = "Integrations", operation_id = "applivery_app",
    security(("bearer" = [])),
    responses((status = 200, description = "The app", body = Data<Configuration>), Readers),
)]
pub(super) async fn app(
    State(authority): State<Authority>,
    Bearer(actor): Bearer,
) -> Result<Data<Configuration>, Fault> {
    Ok(Data::of(authority.own_application(&actor, &permission("mad.sdk.app.get")?).await?))
}

/// `/v1/integrations/…`: a service behind Chancery serves it. Whether the token is good for it is said first, so that
/// a client that was led here by mistake is told what is wrong.
pub(super) async fn elsewhere(
    State(authority): State<Authority>,
    method: Method,
    Bearer(actor): Bearer,
) -> Fault {
    let asked = if method.is_safe() { "mad.integration.get" } else { "mad.integration.update" };
    let allowed = match permission(asked) {
        Ok(permission) => authority.own_application(&actor, &permission).await,
        Err(fault) => return fault,
    };
    allowed.map_or_else(Fault::from, |_| Fault::no_such_path())
}
