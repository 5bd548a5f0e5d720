-- OAuth 2 clients and what people grant them, organizations of the installation's own, settings that
-- are changed while running. migrations/sqlite/0002_clients.sql has the same tables, columns and names.

ALTER TABLE users ADD COLUMN provider TEXT;                                 -- who keeps the account, if not we
ALTER TABLE users ADD COLUMN home_id UUID;                                  -- the organization that made the account

ALTER TABLE organizations ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE organizations ADD COLUMN tenant BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE organizations ADD COLUMN created_by UUID;                       -- a user
ALTER TABLE organizations ADD COLUMN modified_by UUID;                      -- a user
ALTER TABLE organizations ADD COLUMN deleted_at BIGINT;                     -- µs since 1970; the row stays
UPDATE organizations SET tenant = FALSE WHERE number = 1;
CREATE UNIQUE INDEX organizations_named ON organizations (name) WHERE NOT tenant AND deleted_at IS NULL;

ALTER TABLE memberships ADD COLUMN apart BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE groups ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN created_by UUID;                              -- a user
ALTER TABLE groups ADD COLUMN modified_at BIGINT NOT NULL DEFAULT 0;        -- µs since 1970
ALTER TABLE groups ADD COLUMN modified_by UUID;                             -- a user
UPDATE groups SET modified_at = created_at;

ALTER TABLE applications ADD COLUMN client_type TEXT;                       -- confidential or public, if a client
ALTER TABLE applications ADD COLUMN grant_type TEXT;                        -- Grant::as_str, if a client
ALTER TABLE applications ADD COLUMN redirect_uris TEXT NOT NULL DEFAULT ''; -- with spaces between
ALTER TABLE applications ADD COLUMN skips_consent BOOLEAN NOT NULL DEFAULT FALSE;
CREATE UNIQUE INDEX clients_named ON applications (organization_id, name)
    WHERE client_type IS NOT NULL AND archived_at IS NULL;

ALTER TABLE tokens ADD COLUMN application_id UUID REFERENCES applications (id); -- the client it was made through
CREATE INDEX tokens_of_application ON tokens (application_id) WHERE application_id IS NOT NULL;
CREATE INDEX tokens_of_session ON tokens (session_id) WHERE session_id IS NOT NULL;

ALTER TABLE sessions ADD COLUMN application_id UUID REFERENCES applications (id); -- of a grant

-- Authorization codes, redeemed ones too, so that one that comes back is known.
CREATE TABLE codes (
    id             UUID    NOT NULL PRIMARY KEY,
    digest         BYTEA   NOT NULL UNIQUE,
    user_id        UUID    NOT NULL REFERENCES users (id),
    application_id UUID    NOT NULL REFERENCES applications (id),
    scopes         TEXT    NOT NULL,              -- with spaces between
    redirect_uri   TEXT    NOT NULL,
    challenge      TEXT,
    plain          BOOLEAN NOT NULL,
    created_at     BIGINT  NOT NULL,              -- µs since 1970
    expires_at     BIGINT  NOT NULL,              -- µs since 1970
    session_id     UUID,                          -- the grant that was made of it
    born_holder    BIGINT  NOT NULL               -- epoch of the user then
);
CREATE INDEX codes_expiring ON codes (expires_at);

-- What searches compare by, whatever the case of letters. Where a server's own locale is C, lower() and ~*
-- know ASCII only; one without ICU must do with that. SQLite has these functions from the program.
DO $$
BEGIN
    CREATE FUNCTION folded(it TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN lower(it COLLATE "und-x-icu");
    CREATE FUNCTION matches(pattern TEXT, folded BOOLEAN, it TEXT) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN CASE WHEN folded THEN it COLLATE "und-x-icu" ~* pattern ELSE it ~ pattern END;
EXCEPTION WHEN undefined_object THEN
    CREATE FUNCTION folded(it TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN lower(it);
    CREATE FUNCTION matches(pattern TEXT, folded BOOLEAN, it TEXT) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN CASE WHEN folded THEN it ~* pattern ELSE it ~ pattern END;
END
$$;

-- What was set while running; what is not here is as configured.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
