-- Second factors, and the recovery codes that go with them.
-- migrations/postgres/0004_second_factors.sql has the same columns and names.

CREATE TABLE second_factors (
    user_id      BLOB    NOT NULL PRIMARY KEY REFERENCES users (id),
    wrapped      BLOB    NOT NULL,                -- AES-256-GCM under the root key
    created_at   INTEGER NOT NULL,                -- µs since 1970
    confirmed_at INTEGER,                         -- µs since 1970; active from then on
    last_step    INTEGER NOT NULL DEFAULT 0       -- step of 30 s since 1970 whose code was used up last; only goes up
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
    user_id BLOB    NOT NULL REFERENCES users (id),
    digest  BLOB    NOT NULL,                     -- of user and code, keyed
    PRIMARY KEY (user_id, digest)
) STRICT, WITHOUT ROWID;
