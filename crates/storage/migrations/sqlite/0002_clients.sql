-- OAuth 2 clients and what people grant them, organizations of the installation's own, settings that
-- are changed while running. migrations/postgres/0002_clients.sql has the same tables, columns and names.

ALTER TABLE users ADD COLUMN provider TEXT;                                 -- who keeps the account, if not we
ALTER TABLE users ADD COLUMN home_id BLOB;                                  -- the organization that made the account

ALTER TABLE organizations ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE organizations ADD COLUMN tenant INTEGER NOT NULL DEFAULT 1;     -- 0 or 1
ALTER TABLE organizations ADD COLUMN created_by BLOB;                       -- a user
ALTER TABLE organizations ADD COLUMN modified_by BLOB;                      -- a user
ALTER TABLE organizations ADD COLUMN deleted_at INTEGER;                    -- µs since 1970; the row stays
UPDATE organizations SET tenant = 0 WHERE number = 1;
CREATE UNIQUE INDEX organizations_named ON organizations (name) WHERE tenant = 0 AND deleted_at IS NULL;

ALTER TABLE memberships ADD COLUMN apart INTEGER NOT NULL DEFAULT 0;        -- 0 or 1

ALTER TABLE groups ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN created_by BLOB;                              -- a user
ALTER TABLE groups ADD COLUMN modified_at INTEGER NOT NULL DEFAULT 0;       -- µs since 1970
ALTER TABLE groups ADD COLUMN modified_by BLOB;                             -- a user
UPDATE groups SET modified_at = created_at;

ALTER TABLE applications ADD COLUMN client_type TEXT;                       -- confidential or public, if a client
ALTER TABLE applications ADD COLUMN grant_type TEXT;                        -- Grant::as_str, if a client
ALTER TABLE applications ADD COLUMN redirect_uris TEXT NOT NULL DEFAULT ''; -- with spaces between
ALTER TABLE applications ADD COLUMN skips_consent INTEGER NOT NULL DEFAULT 0; -- 0 or 1
CREATE UNIQUE INDEX clients_named ON applications (organization_id, name)
    WHERE client_type IS NOT NULL AND archived_at IS NULL;

ALTER TABLE tokens ADD COLUMN application_id BLOB REFERENCES applications (id); -- the client it was made through
CREATE INDEX tokens_of_application ON tokens (application_id) WHERE application_id IS NOT NULL;
CREATE INDEX tokens_of_session ON tokens (session_id) WHERE session_id IS NOT NULL;

ALTER TABLE sessions ADD COLUMN application_id BLOB REFERENCES applications (id); -- of a grant

-- Authorization codes, redeemed ones too, so that one that comes back is known.
CREATE TABLE codes (
    id             BLOB    NOT NULL PRIMARY KEY,
    digest         BLOB    NOT NULL UNIQUE,
    user_id        BLOB    NOT NULL REFERENCES users (id),
    application_id BLOB    NOT NULL REFERENCES applications (id),
    scopes         TEXT    NOT NULL,              -- with spaces between
    redirect_uri   TEXT    NOT NULL,
    challenge      TEXT,
    plain          INTEGER NOT NULL,              -- 0 or 1
    created_at     INTEGER NOT NULL,              -- µs since 1970
    expires_at     INTEGER NOT NULL,              -- µs since 1970
    session_id     BLOB,                          -- the grant that was made of it
    born_holder    INTEGER NOT NULL               -- epoch of the user then
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_expiring ON codes (expires_at);

-- What was set while running; what is not here is as configured.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
