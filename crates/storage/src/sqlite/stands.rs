//! What must stand for something to be held, as conditions of statements.

/// Whether a user may hold something in an organization: is there, neither disabled nor deleted,
/// of epoch `?3`, and, if `?2` is an organization, has a place in it (a superuser needs none) and
/// it is neither suspended nor deleted and of epoch `?4`.
macro_rules! user_stands {
    ($user:literal) => {
        concat!(
            "EXISTS (
        SELECT 1
        FROM users u
        LEFT JOIN organizations o ON o.id = ?2
        LEFT JOIN memberships m ON m.user_id = u.id AND m.organization_id = ?2
        WHERE u.id = ",
            $user,
            "
            AND u.disabled_at IS NULL
            AND u.deleted_at IS NULL
            AND u.epoch = ?3
            AND (?2 IS NULL
                OR (o.suspended_at IS NULL
                    AND o.deleted_at IS NULL
                    AND o.epoch = ?4
                    AND (m.role IS NOT NULL OR u.superuser = 1))))"
        )
    };
}
pub(super) use user_stands;

/// Whether something may be made through an application: it is not archived, and its organization
/// neither suspended nor deleted.
macro_rules! application_stands {
    ($application:literal) => {
        concat!(
            "EXISTS (
        SELECT 1
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
