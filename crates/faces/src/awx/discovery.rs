//! What a client finds before it knows anybody (contract section 5).

use authority::permission::Permission;
use authority::{Error, Place};
use serde_json::{Value, json};

use super::asked::Asked;
use super::fault::Fault;
use super::reply::{NODE, Reply, VERSION, time};
use super::view::Doing;

/// The resources that are served, in AWX's order.
const RESOURCES: [&str; 11] = [
    "ping",
    "config",
    "settings",
    "me",
    "organizations",
    "users",
    "teams",
    "applications",
    "tokens",
    "roles",
    "activity_stream",
];

/// Resources of AWX's which the command `awx users` asks to describe themselves, though it needs nothing
/// of them (contract section 11). They are empty here.
pub(super) const EMPTY: [(&str, &str); 6] = [
    ("/v2/projects/", "Project List"),
    ("/v2/inventories/", "Inventory List"),
    ("/v2/credentials/", "Credential List"),
    ("/v2/job_templates/", "Job Template List"),
    ("/v2/workflow_job_templates/", "Workflow Job Template List"),
    ("/v2/instance_groups/", "Instance Group List"),
];

/// `GET /api/`
pub(super) fn root(_: &Asked) -> Doing<'_> {
    Box::pin(async {
        Ok(Reply::ok(json!({
            "description": "AWX REST API",
            "current_version": "/api/v2/",
            "available_versions": { "v2": "/api/v2/" },
            "oauth2": "/api/o/",
            "custom_logo": "",
            "custom_login_info": "",
            "login_redirect_override": "",
        })))
    })
}

/// `GET /api/v2/`
pub(super) fn version(_: &Asked) -> Doing<'_> {
    Box::pin(async {
        let each = RESOURCES.map(|name| (name.to_owned(), format!("/api/v2/{name}/").into()));
        Ok(Reply::ok(Value::Object(each.into_iter().collect())))
    })
}

/// `GET /api/v2/ping/`
pub(super) fn ping(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let installation = asked.authority.installation_id().await;
        let installation = installation.map_err(|why| Fault::of(Error::Unavailable(why), ""))?;
        let node = json!({
            "node": NODE,
            "node_type": "control",
            "uuid": installation,
            "heartbeat": time(asked.authority.now()),
            "capacity": 0,
            "version": VERSION,
        });
        Ok(Reply::ok(json!({
            "ha": false,
            "version": VERSION,
            "active_node": NODE,
            "install_uuid": installation,
            "instances": [node],
            "instance_groups": [],
        })))
    })
}

/// `GET /api/v2/auth/`: there is no other way to log in.
pub(super) fn auth(_: &Asked) -> Doing<'_> {
    Box::pin(async { Ok(Reply::ok(json!({}))) })
}

/// `GET /api/v2/config/`
pub(super) fn config(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let read = &Permission::SELF_READ;
        let may = asked.authority.allow(asked.actor()?, read, Place::Oneself).await;
        may.map_err(|error| Fault::of(error, ""))?;
        Ok(Reply::ok(json!({ "time_zone": "UTC", "version": VERSION })))
    })
}

/// `POST` and `DELETE /api/v2/config/`: AWX takes and drops its license there.
pub(super) fn license(asked: &Asked) -> Doing<'_> {
    Box::pin(async {
        let update = &Permission::INSTALLATION_UPDATE;
        let may = asked.authority.allow(asked.actor()?, update, Place::Installation).await;
        may.map_err(|error| Fault::of(error, ""))?;
        Err(Fault::bad("There is no license here, and none is needed."))
    })
}

/// `GET` of a resource that is empty here.
pub(super) fn empty(_: &Asked) -> Doing<'_> {
    Box::pin(async {
        Ok(Reply::ok(json!({ "count": 0, "next": null, "previous": null, "results": [] })))
    })
}
