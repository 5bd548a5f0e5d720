//! This face's OpenAPI document, made of what is registered.

use axum::http::Method;
use utoipa::OpenApi;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::{
    ObjectBuilder, OpenApi as Document, PathItem, PathsBuilder, Required, ResponseBuilder, Type,
};

use super::Page;
use super::view::View;
use crate::kit;

#[derive(OpenApi)]
#[openapi(info(
    title = "Chancery: the AWX face",
    description = "Tokens, OAuth 2 applications, users, organizations and teams, as AWX 24.6.1 has them."
))]
struct About;

/// The document.
pub(super) fn document(views: &[View], pages: &[Page]) -> Document {
    let mut paths = PathsBuilder::new();
    for view in views {
        for (method, _) in &view.actions {
            let path = format!("/api{}", view.path);
            paths = paths.path(path, item(view, method));
        }
    }
    for page in pages {
        for (method, id, statuses) in page.methods {
            let operation = OperationBuilder::new().operation_id(Some(format!("awx_{id}")));
            let operation = statuses.iter().fold(operation, |operation, status| {
                let said = ResponseBuilder::new().description("As RFC 6749 and AWX have it");
                operation.response(status.to_string(), said)
            });
            paths = paths.path(page.path, PathItem::new(verb(method), operation));
        }
    }
    let mut document = kit::document(About::openapi(), "", Document::default());
    document.paths = paths.build();
    document
}

fn item(view: &View, method: &Method) -> PathItem {
    let id = view.path.replace("/{id}", "_of").replace('/', "_");
    let id = format!("awx{}{}", id.trim_end_matches('_'), method.as_str().to_lowercase());
    let good = match *method {
        Method::POST => "201",
        Method::DELETE => "204",
        _ => "200",
    };
    let said = |text: &str| ResponseBuilder::new().description(text);
    let mut operation = OperationBuilder::new()
        .operation_id(Some(id))
        .summary(Some(view.about.name))
        .response(good, said("As AWX answers"))
        .response("400", said("What is wrong, per field or as `detail`"))
        .response("401", said("No good credential"))
        .response("403", said("Not allowed"))
        .response("404", said("No such object, as far as the caller may know"))
        .response("429", said("Too many failed log-ins"))
        .response("503", said("Nobody can tell"));
    if view.path.contains("{id}") {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let id = ParameterBuilder::new()
            .name("id")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some("A number; or a name, where AWX has named URLs"))
            .schema(Some(text));
        operation = operation.parameter(id);
    }
    if !view.open {
        let none = Vec::<String>::new();
        for scheme in ["bearer", "basic"] {
            let one = utoipa::openapi::security::SecurityRequirement::new(scheme, none.clone());
            operation = operation.security(one);
        }
    }
    PathItem::new(verb(method), operation)
}

fn verb(method: &Method) -> HttpMethod {
    match *method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::PATCH => HttpMethod::Patch,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}
