//! What must stand for something to be held, as conditions of statements.

/// Said of a user `u`: it is as it was seen, and so are the organization and its place there. The
/// membership is held, so that whoever ends it waits, and then sees what was made here.
macro_rules! user_stands {
    ($user:literal, $organization:literal, $born_holder:literal, $born_organization:literal) => {
        concat!(
            "u.id = ",
            $user,
            "
            AND u.disabled_at IS NULL
            AND u.deleted_at IS NULL
            AND u.epoch = ",
            $born_holder,
            "
            AND (",
            $organization,
            "::UUID IS NULL OR EXISTS (
                SELECT
                FROM organizations o
                WHERE o.id = ",
            $organization,
            "
                    AND o.suspended_at IS NULL
                    AND o.deleted_at IS NULL
                    AND o.epoch = ",
            $born_organization,
            "
                    AND (EXISTS (
                        SELECT
                        FROM memberships m
                        WHERE m.user_id = u.id AND m.organization_id = o.id
                        FOR KEY SHARE) OR u.superuser)))"
        )
    };
}
pub(super) use user_stands;

/// Said of an application: it is not put away, and its organization is neither suspended nor
/// deleted. Nothing is held: what is made through an application that ends meanwhile is dead.
macro_rules! application_stands {
    ($application:literal) => {
        concat!(
            "EXISTS (
                SELECT
                FROM applications a
                JOIN organizations o ON o.id = a.organization_id
                WHERE a.id = ",
            $application,
            "
                    AND a.archived_at IS NULL
                    AND o.suspended_at IS NULL
                    AND o.deleted_at IS NULL)"
        )
    };
}
pub(super) use application_stands;
