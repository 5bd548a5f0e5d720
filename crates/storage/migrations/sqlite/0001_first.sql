-- Chancery's first schema for SQLite. migrations/postgres/0001_first.sql has the same tables, columns and
-- names; what differs is said where it does.
--
-- Every time is in microseconds since 1970-01-01 UTC and its column ends in _at or says so. Every id is
-- a UUID in 16 bytes. Every digest is 32 bytes. A number is given once and never again.
-- The schema's version is PRAGMA user_version.

CREATE TABLE users (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    id             BLOB    NOT NULL UNIQUE,
    username       TEXT    NOT NULL,              -- as the user spells it; unique by logins
    email          TEXT,                          -- as the user spells it; unique by logins
    first_name     TEXT    NOT NULL,
    last_name      TEXT    NOT NULL,
    language       TEXT    NOT NULL,              -- BCP 47, or empty
    superuser      INTEGER NOT NULL,              -- 0 or 1
    system_auditor INTEGER NOT NULL,              -- 0 or 1
    password       TEXT,                          -- PHC string of Argon2id
    passwords      INTEGER NOT NULL DEFAULT 0,    -- raised by each new password
    created_at     INTEGER NOT NULL,              -- µs since 1970
    modified_at    INTEGER NOT NULL,              -- µs since 1970
    confirmed_at   INTEGER,                       -- µs since 1970
    disabled_at    INTEGER,                       -- µs since 1970
    last_login_at  INTEGER,                       -- µs since 1970
    deleted_at     INTEGER,                       -- µs since 1970; the row stays, its logins go
    epoch          INTEGER NOT NULL DEFAULT 0     -- raised to kill all that the user holds
) STRICT;

-- Whose a canonical user name or address is. One table for both, so that a name can't equal another's
-- address. A user whose name is the address has one row.
CREATE TABLE logins (
    canonical TEXT NOT NULL PRIMARY KEY,
    user_id   BLOB NOT NULL REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX logins_of_user ON logins (user_id);

CREATE TABLE organizations (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           BLOB    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,                -- µs since 1970
    modified_at  INTEGER NOT NULL,                -- µs since 1970
    suspended_at INTEGER,                         -- µs since 1970
    epoch        INTEGER NOT NULL DEFAULT 0       -- raised to kill all that is bound to it
) STRICT;

CREATE TABLE memberships (
    user_id         BLOB    NOT NULL REFERENCES users (id),
    organization_id BLOB    NOT NULL REFERENCES organizations (id),
    role            TEXT    NOT NULL,             -- Role::as_str
    created_at      INTEGER NOT NULL,             -- µs since 1970
    PRIMARY KEY (user_id, organization_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_of_organization ON memberships (organization_id, role);

CREATE TABLE groups (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    id              BLOB    NOT NULL UNIQUE,
    organization_id BLOB    NOT NULL REFERENCES organizations (id),
    name            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,             -- µs since 1970
    UNIQUE (organization_id, name)
) STRICT;

CREATE TABLE group_users (
    group_id BLOB NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id  BLOB NOT NULL REFERENCES users (id),
    PRIMARY KEY (group_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_users_of_user ON group_users (user_id);

CREATE TABLE applications (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    id              BLOB    NOT NULL UNIQUE,
    organization_id BLOB    NOT NULL REFERENCES organizations (id),
    name            TEXT    NOT NULL,
    name_folded     TEXT    NOT NULL,             -- text::folded(name), for looking inside
    description     TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,             -- µs since 1970
    modified_at     INTEGER NOT NULL,             -- µs since 1970
    archived_at     INTEGER,                      -- µs since 1970
    epoch           INTEGER NOT NULL DEFAULT 0    -- raised to kill all that it holds
) STRICT;
CREATE INDEX applications_of_organization ON applications (organization_id);

CREATE TABLE group_applications (
    group_id       BLOB NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    application_id BLOB NOT NULL REFERENCES applications (id),
    PRIMARY KEY (group_id, application_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_applications_of_application ON group_applications (application_id);

CREATE TABLE versions (
    application_id BLOB    NOT NULL REFERENCES applications (id),
    version        INTEGER NOT NULL,              -- 1, 2, 3, ... of one application
    name           TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,              -- µs since 1970
    created_by     BLOB,                          -- a user
    PRIMARY KEY (application_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE icons (
    application_id BLOB NOT NULL PRIMARY KEY REFERENCES applications (id),
    media_type     TEXT NOT NULL,
    bytes          BLOB NOT NULL
) STRICT;

CREATE TABLE service_accounts (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    id              BLOB    NOT NULL UNIQUE,
    organization_id BLOB    NOT NULL REFERENCES organizations (id),
    name            TEXT    NOT NULL,
    role            TEXT    NOT NULL,             -- Role::as_str
    created_at      INTEGER NOT NULL,             -- µs since 1970
    disabled_at     INTEGER,                      -- µs since 1970
    epoch           INTEGER NOT NULL DEFAULT 0,   -- raised to kill all that it holds
    UNIQUE (organization_id, name)
) STRICT;

-- Every index here is paid for by every issue. Numbers and ids grow with time, so theirs cost little;
-- the one on digests is the one that is written all over.
CREATE TABLE tokens (
    number            INTEGER PRIMARY KEY AUTOINCREMENT,
    id                BLOB    NOT NULL UNIQUE,
    kind              TEXT    NOT NULL,           -- Kind::code
    holder_kind       TEXT    NOT NULL,           -- Holder::parts
    holder_id         BLOB    NOT NULL,
    organization_id   BLOB    REFERENCES organizations (id),
    label             TEXT    NOT NULL,
    scopes            TEXT    NOT NULL,           -- with spaces between
    created_at        INTEGER NOT NULL,           -- µs since 1970
    created_by        BLOB,                       -- a user
    modified_at       INTEGER NOT NULL,           -- µs since 1970
    expires_at        INTEGER,                    -- µs since 1970
    uses_left         INTEGER,
    disabled          INTEGER NOT NULL,           -- 0 or 1
    revoked_at        INTEGER,                    -- µs since 1970
    parent            BLOB,                       -- a token, perhaps purged
    session_id        BLOB,                       -- a session, perhaps purged
    born_holder       INTEGER NOT NULL,           -- epoch of the holder at issue
    born_organization INTEGER NOT NULL,           -- epoch of the organization at issue, or 0
    last_used_at      INTEGER,                    -- µs since 1970; as far as flushed
    digest            BLOB    NOT NULL UNIQUE,
    pepper            INTEGER NOT NULL,           -- version of the pepper under digest
    previous_digest   BLOB,                       -- the secret rotated away last
    previous_ends_at  INTEGER                     -- µs since 1970; from then on that is no good
) STRICT;
CREATE UNIQUE INDEX tokens_by_previous_digest ON tokens (previous_digest) WHERE previous_digest IS NOT NULL;
-- A holder's tokens; how many of them live is counted without a look at the rows.
CREATE INDEX tokens_of_holder ON tokens (holder_id, revoked_at, expires_at);
CREATE INDEX tokens_of_organization ON tokens (organization_id) WHERE organization_id IS NOT NULL;
-- The two ways to become a tombstone, for purging.
CREATE INDEX tokens_expiring ON tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX tokens_revoked ON tokens (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE sessions (
    number            INTEGER PRIMARY KEY AUTOINCREMENT,
    id                BLOB    NOT NULL UNIQUE,
    user_id           BLOB    NOT NULL REFERENCES users (id),
    organization_id   BLOB    REFERENCES organizations (id),
    generation        INTEGER NOT NULL,           -- of the present refresh token; the first is 1
    floor             INTEGER NOT NULL,           -- access tokens of earlier generations are dead
    used              INTEGER NOT NULL,           -- 0 or 1
    replaced          INTEGER NOT NULL,           -- 0 or 1
    remembered        INTEGER NOT NULL,           -- 0 or 1
    created_at        INTEGER NOT NULL,           -- µs since 1970
    refreshed_at      INTEGER NOT NULL,           -- µs since 1970
    expires_at        INTEGER NOT NULL,           -- µs since 1970
    ended_at          INTEGER,                    -- µs since 1970
    born_holder       INTEGER NOT NULL,           -- epoch of the user when it was entered
    born_organization INTEGER NOT NULL            -- epoch of the organization then, or 0
) STRICT;
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_expiring ON sessions (expires_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- Every refresh token that a session ever had, so that an old one is known when it comes back.
CREATE TABLE refresh_tokens (
    digest     BLOB    NOT NULL PRIMARY KEY,
    session_id BLOB    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX refresh_tokens_of_session ON refresh_tokens (session_id, generation);

-- SQLite has one writer and so one lane, number 1: the sequence is the key, lane is not kept. PostgreSQL
-- keeps both and a table of lanes.
CREATE TABLE journal (
    sequence        INTEGER PRIMARY KEY,          -- 1, 2, 3, ... without gaps
    id              BLOB    NOT NULL,
    at              INTEGER NOT NULL,             -- µs since 1970
    by_kind         TEXT    NOT NULL,             -- Who::parts
    by_id           BLOB,
    by_token        BLOB,
    action          TEXT    NOT NULL,
    target_kind     TEXT    NOT NULL,
    target_id       BLOB    NOT NULL,
    organization_id BLOB,
    detail          TEXT    NOT NULL,             -- a JSON object of texts
    forget          TEXT    NOT NULL,             -- subjects with spaces between
    previous        BLOB    NOT NULL,             -- hash of the entry before
    hash            BLOB    NOT NULL
) STRICT;
CREATE INDEX journal_of_organization ON journal (organization_id) WHERE organization_id IS NOT NULL;
CREATE INDEX journal_about ON journal (target_id);
CREATE INDEX journal_by ON journal (by_id) WHERE by_id IS NOT NULL;

CREATE TABLE heads (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,                   -- µs since 1970
    ends      TEXT    NOT NULL,                   -- lane:sequence:hash in hex, with spaces between
    signature BLOB    NOT NULL
) STRICT;
CREATE INDEX heads_by_time ON heads (at);

CREATE TABLE throttles (
    key      BLOB    NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at  INTEGER NOT NULL                     -- µs since 1970
) STRICT, WITHOUT ROWID;
CREATE INDEX throttles_by_time ON throttles (last_at);

CREATE TABLE known_sources (
    user_id BLOB    NOT NULL REFERENCES users (id),
    source  BLOB    NOT NULL,
    seen_at INTEGER NOT NULL,                     -- µs since 1970
    PRIMARY KEY (user_id, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX known_sources_by_time ON known_sources (seen_at);

-- Idempotency keys: what was created under each.
CREATE TABLE once (
    key         BLOB    NOT NULL PRIMARY KEY,
    fingerprint BLOB    NOT NULL,
    target_id   BLOB    NOT NULL,
    used_at     INTEGER NOT NULL                  -- µs since 1970
) STRICT, WITHOUT ROWID;
CREATE INDEX once_by_time ON once (used_at);

CREATE TABLE signing_keys (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    kid        TEXT    NOT NULL UNIQUE,
    algorithm  TEXT    NOT NULL,
    public     BLOB    NOT NULL,
    wrapped    BLOB    NOT NULL,
    created_at INTEGER NOT NULL,                  -- µs since 1970
    signs_from INTEGER NOT NULL                   -- µs since 1970
) STRICT;

CREATE TABLE installation (
    one             INTEGER PRIMARY KEY CHECK (one = 1),
    id              BLOB    NOT NULL,
    check_digest    BLOB    NOT NULL,
    pepper          INTEGER NOT NULL,
    organization_id BLOB    NOT NULL REFERENCES organizations (id),
    created_at      INTEGER NOT NULL              -- µs since 1970
) STRICT;

-- The highest wall time seen; it may be noted before the installation is founded.
CREATE TABLE clock (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    mark_at INTEGER NOT NULL                      -- µs since 1970
) STRICT;
