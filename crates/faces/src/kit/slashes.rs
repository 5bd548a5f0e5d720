//! Slashes at the end of paths.

use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// Adds a route that is good with a slash at its end and without; its document names it without. A redirect would
/// lose the credentials of some clients.
pub fn with_and_without_slash<S: Clone + Send + Sync + 'static>(
    router: OpenApiRouter<S>,
    route: UtoipaMethodRouter<S>,
) -> OpenApiRouter<S> {
    let (_, paths, methods) = &route;
    let slashed: Vec<String> = paths.paths.keys().map(|path| format!("{path}/")).collect();
    let methods = methods.clone();
    let router = router.routes(route);
    slashed.iter().fold(router, |router, path| router.route(path, methods.clone()))
}
