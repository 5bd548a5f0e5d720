//! One folder per API that the world knows. Each is a thin translation of its wire to the core.
//!
//! **Invariant**: no rule lives here: a face has no `if` about permission, time or state. No face
//! knows another, and deleting a face's folder and its line below still builds.

pub mod kit;

use axum::Router;
use kit::{Context, Face};

macro_rules! faces {
    ($($name:ident,)*) => {
        $(pub mod $name;)*

        /// Every face that was built in.
        pub fn all(context: &Context) -> Vec<Face> {
            vec![$($name::face(context)),*]
        }
    };
}

faces! {
    applivery,
    awx,
    gateway,
    letters,
    native,
    oauth,
    thinkeo,
}

/// All faces, each at its mount.
pub fn router(faces: &[Face]) -> Router {
    faces.iter().fold(Router::new(), |router, face| match face.mount {
        "/" => router.merge(face.router.clone()),
        mount => router.nest(mount, face.router.clone()),
    })
}
