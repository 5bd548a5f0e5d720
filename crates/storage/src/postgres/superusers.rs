//! The last superuser who can act stays one.

/// Nobody loses the mark, or the account that has it, meanwhile. Nothing is held for other users.
pub(super) const HOLD_SUPERUSERS: &str = "
    SELECT
    FROM users
    WHERE superuser
        AND deleted_at IS NULL
        AND EXISTS (SELECT FROM users WHERE id = $1 AND superuser)
    ORDER BY id
    FOR NO KEY UPDATE";

/// Whether a row of `users`, which is `$1`, is the only superuser who can act.
macro_rules! is_last_superuser {
    () => {
        "superuser AND disabled_at IS NULL AND deleted_at IS NULL AND NOT EXISTS (
            SELECT
            FROM users other
            WHERE other.superuser
                AND other.disabled_at IS NULL
                AND other.deleted_at IS NULL
                AND other.id <> $1)"
    };
}
pub(super) use is_last_superuser;

/// Whether it is one.
pub(super) const IS_LAST_SUPERUSER: &str =
    concat!("SELECT EXISTS (SELECT FROM users WHERE id = $1 AND ", is_last_superuser!(), ")");
