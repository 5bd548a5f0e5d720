-- Chancery's first schema for PostgreSQL. migrations/sqlite/0001_first.sql has the same tables, columns and
-- names; what differs is said where it does.
--
-- Every time is in microseconds since 1970-01-01 UTC and its column ends in _at or says so. Every digest is
-- 32 bytes. A number is given once and never again.
-- The schema's version is the highest number in the table migrations.

CREATE TABLE users (
    number         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id             UUID    NOT NULL UNIQUE,
    username       TEXT    NOT NULL,                  -- as the user spells it; unique by logins
    email          TEXT,                              -- as the user spells it; unique by logins
    first_name     TEXT    NOT NULL,
    last_name      TEXT    NOT NULL,
    language       TEXT    NOT NULL,                  -- BCP 47, or empty
    superuser      BOOLEAN NOT NULL,
    system_auditor BOOLEAN NOT NULL,
    password       TEXT,                              -- PHC string of Argon2id
    passwords      BIGINT      NOT NULL DEFAULT 0,    -- raised by each new password
    created_at     BIGINT  NOT NULL,                  -- µs since 1970
    modified_at    BIGINT  NOT NULL,                  -- µs since 1970
    confirmed_at   BIGINT,                            -- µs since 1970
    disabled_at    BIGINT,                            -- µs since 1970
    last_login_at  BIGINT,                            -- µs since 1970
    deleted_at     BIGINT,                            -- µs since 1970; the row stays, its logins go
    epoch          BIGINT  NOT NULL DEFAULT 0         -- raised to kill all that the user holds
);

-- Whose a canonical user name or address is. One table for both, so that a name can't equal another's
-- address. A user whose name is the address has one row.
CREATE TABLE logins (
    canonical TEXT NOT NULL PRIMARY KEY,
    user_id   UUID NOT NULL REFERENCES users (id)
);
CREATE INDEX logins_of_user ON logins (user_id);

CREATE TABLE organizations (
    number       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id           UUID   NOT NULL UNIQUE,
    name         TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,                     -- µs since 1970
    modified_at  BIGINT NOT NULL,                     -- µs since 1970
    suspended_at BIGINT,                              -- µs since 1970
    epoch        BIGINT NOT NULL DEFAULT 0            -- raised to kill all that is bound to it
);

CREATE TABLE memberships (
    user_id         UUID   NOT NULL REFERENCES users (id),
    organization_id UUID   NOT NULL REFERENCES organizations (id),
    role            TEXT   NOT NULL,                  -- Role::as_str
    created_at      BIGINT NOT NULL,                  -- µs since 1970
    PRIMARY KEY (user_id, organization_id)
);
CREATE INDEX memberships_of_organization ON memberships (organization_id, role);

CREATE TABLE groups (
    number          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id              UUID   NOT NULL UNIQUE,
    organization_id UUID   NOT NULL REFERENCES organizations (id),
    name            TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,                  -- µs since 1970
    UNIQUE (organization_id, name)
);

CREATE TABLE group_users (
    group_id UUID NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id  UUID NOT NULL REFERENCES users (id),
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_users_of_user ON group_users (user_id);

CREATE TABLE applications (
    number          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id              UUID   NOT NULL UNIQUE,
    organization_id UUID   NOT NULL REFERENCES organizations (id),
    name            TEXT   NOT NULL,
    name_folded     TEXT   NOT NULL,                  -- text::folded(name), for looking inside
    description     TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,                  -- µs since 1970
    modified_at     BIGINT NOT NULL,                  -- µs since 1970
    archived_at     BIGINT,                           -- µs since 1970
    epoch           BIGINT NOT NULL DEFAULT 0         -- raised to kill all that it holds
);
CREATE INDEX applications_of_organization ON applications (organization_id);

CREATE TABLE group_applications (
    group_id       UUID NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    application_id UUID NOT NULL REFERENCES applications (id),
    PRIMARY KEY (group_id, application_id)
);
CREATE INDEX group_applications_of_application ON group_applications (application_id);

CREATE TABLE versions (
    application_id UUID   NOT NULL REFERENCES applications (id),
    version        BIGINT NOT NULL,                   -- 1, 2, 3, ... of one application
    name           TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,                   -- µs since 1970
    created_by     UUID,                              -- a user
    PRIMARY KEY (application_id, version)
);

CREATE TABLE icons (
    application_id UUID  NOT NULL PRIMARY KEY REFERENCES applications (id),
    media_type     TEXT  NOT NULL,
    bytes          BYTEA NOT NULL
);

CREATE TABLE service_accounts (
    number          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id              UUID   NOT NULL UNIQUE,
    organization_id UUID   NOT NULL REFERENCES organizations (id),
    name            TEXT   NOT NULL,
    role            TEXT   NOT NULL,                  -- Role::as_str
    created_at      BIGINT NOT NULL,                  -- µs since 1970
    disabled_at     BIGINT,                           -- µs since 1970
    epoch           BIGINT NOT NULL DEFAULT 0,        -- raised to kill all that it holds
    UNIQUE (organization_id, name)
);

-- Every index here is paid for by every issue. Numbers and ids grow with time, so theirs cost little;
-- the one on digests is the one that is written all over.
CREATE TABLE tokens (
    number            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id                UUID     NOT NULL UNIQUE,
    kind              TEXT     NOT NULL,              -- Kind::code
    holder_kind       TEXT     NOT NULL,              -- Holder::parts
    holder_id         UUID     NOT NULL,
    organization_id   UUID,                           -- no REFERENCES: whoever inserts asks for more
    label             TEXT     NOT NULL,
    scopes            TEXT     NOT NULL,              -- with spaces between
    created_at        BIGINT   NOT NULL,              -- µs since 1970
    created_by        UUID,                           -- a user
    modified_at       BIGINT   NOT NULL,              -- µs since 1970
    expires_at        BIGINT,                         -- µs since 1970
    uses_left         BIGINT,
    disabled          BOOLEAN  NOT NULL,
    revoked_at        BIGINT,                         -- µs since 1970
    parent            UUID,                           -- a token, perhaps purged
    session_id        UUID,                           -- a session, perhaps purged
    born_holder       BIGINT   NOT NULL,              -- epoch of the holder at issue
    born_organization BIGINT   NOT NULL,              -- epoch of the organization at issue, or 0
    last_used_at      BIGINT,                         -- µs since 1970; as far as flushed
    digest            BYTEA    NOT NULL UNIQUE,
    pepper            SMALLINT NOT NULL,              -- version of the pepper under digest
    previous_digest   BYTEA,                          -- the secret rotated away last
    previous_ends_at  BIGINT                          -- µs since 1970; from then on that is no good
);
CREATE UNIQUE INDEX tokens_by_previous_digest ON tokens (previous_digest) WHERE previous_digest IS NOT NULL;
-- Pages of a holder's tokens, in the order of their numbers.
CREATE INDEX tokens_of_holder ON tokens (holder_id, number);
-- How many a holder has that live, without a look at the rows.
CREATE INDEX tokens_alive ON tokens (holder_id, expires_at) WHERE revoked_at IS NULL;
CREATE INDEX tokens_of_organization ON tokens (organization_id, number) WHERE organization_id IS NOT NULL;
-- The two ways to become a tombstone, for purging.
CREATE INDEX tokens_expiring ON tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX tokens_revoked ON tokens (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE sessions (
    number            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id                UUID    NOT NULL UNIQUE,
    user_id           UUID    NOT NULL,               -- no REFERENCES, as in tokens
    organization_id   UUID,
    generation        BIGINT  NOT NULL,               -- of the present refresh token; the first is 1
    floor             BIGINT  NOT NULL,               -- access tokens of earlier generations are dead
    used              BOOLEAN NOT NULL,
    replaced          BOOLEAN NOT NULL,
    remembered        BOOLEAN NOT NULL,
    created_at        BIGINT  NOT NULL,               -- µs since 1970
    refreshed_at      BIGINT  NOT NULL,               -- µs since 1970
    expires_at        BIGINT  NOT NULL,               -- µs since 1970
    ended_at          BIGINT,                         -- µs since 1970
    born_holder       BIGINT  NOT NULL,               -- epoch of the user when it was entered
    born_organization BIGINT  NOT NULL                -- epoch of the organization then, or 0
);
CREATE INDEX sessions_of_user ON sessions (user_id, number);
CREATE INDEX sessions_expiring ON sessions (expires_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- Every refresh token that a session ever had, so that an old one is known when it comes back.
CREATE TABLE refresh_tokens (
    digest     BYTEA  NOT NULL PRIMARY KEY,
    session_id UUID   NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL
);
CREATE UNIQUE INDEX refresh_tokens_of_session ON refresh_tokens (session_id, generation);

-- Lanes of the journal. Who holds the advisory lock of a lane fills it. SQLite has one lane, number 1, and
-- keeps neither this table nor the column.
CREATE TABLE lanes (
    lane INTEGER PRIMARY KEY
);

CREATE TABLE journal (
    lane            INTEGER NOT NULL,                 -- enrolled in lanes
    sequence        BIGINT  NOT NULL,                 -- 1, 2, 3, ... without gaps in its lane
    id              UUID    NOT NULL,
    at              BIGINT  NOT NULL,                 -- µs since 1970
    by_kind         TEXT    NOT NULL,                 -- Who::parts
    by_id           UUID,
    by_token        UUID,
    action          TEXT    NOT NULL,
    target_kind     TEXT    NOT NULL,
    target_id       UUID    NOT NULL,
    organization_id UUID,
    detail          TEXT    NOT NULL,                 -- a JSON object of texts
    forget          TEXT    NOT NULL,                 -- subjects with spaces between
    previous        BYTEA   NOT NULL,                 -- hash of the entry before
    hash            BYTEA   NOT NULL,
    CONSTRAINT journal_pkey PRIMARY KEY (lane, sequence)
);
CREATE INDEX journal_by_time ON journal (at, lane, sequence);
CREATE INDEX journal_of_organization ON journal (organization_id, at) WHERE organization_id IS NOT NULL;
CREATE INDEX journal_about ON journal (target_id, at);
CREATE INDEX journal_by ON journal (by_id, at) WHERE by_id IS NOT NULL;

CREATE TABLE heads (
    number    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        BIGINT NOT NULL,                        -- µs since 1970
    ends      TEXT   NOT NULL,                        -- lane:sequence:hash in hex, with spaces between
    signature BYTEA  NOT NULL
);
CREATE INDEX heads_by_time ON heads (at);

CREATE TABLE throttles (
    key      BYTEA  NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at  BIGINT NOT NULL                          -- µs since 1970
);
CREATE INDEX throttles_by_time ON throttles (last_at);

CREATE TABLE known_sources (
    user_id UUID   NOT NULL REFERENCES users (id),
    source  BYTEA  NOT NULL,
    seen_at BIGINT NOT NULL,                          -- µs since 1970
    PRIMARY KEY (user_id, source)
);
CREATE INDEX known_sources_by_time ON known_sources (seen_at);

-- Idempotency keys: what was created under each.
CREATE TABLE once (
    key         BYTEA  NOT NULL PRIMARY KEY,
    fingerprint BYTEA  NOT NULL,
    target_id   UUID   NOT NULL,
    used_at     BIGINT NOT NULL                       -- µs since 1970
);
CREATE INDEX once_by_time ON once (used_at);

CREATE TABLE signing_keys (
    number     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kid        TEXT   NOT NULL UNIQUE,
    algorithm  TEXT   NOT NULL,
    public     BYTEA  NOT NULL,
    wrapped    BYTEA  NOT NULL,
    created_at BIGINT NOT NULL,                       -- µs since 1970
    signs_from BIGINT NOT NULL                        -- µs since 1970
);

CREATE TABLE installation (
    one             INTEGER  PRIMARY KEY CHECK (one = 1),
    id              UUID     NOT NULL,
    check_digest    BYTEA    NOT NULL,
    pepper          SMALLINT NOT NULL,
    organization_id UUID     NOT NULL REFERENCES organizations (id),
    created_at      BIGINT   NOT NULL                 -- µs since 1970
);

-- The highest wall time seen; it may be noted before the installation is founded.
CREATE TABLE clock (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    mark_at BIGINT  NOT NULL                          -- µs since 1970
);
