-- Second factors, and the recovery codes that go with them.
-- migrations/sqlite/0004_second_factors.sql has the same columns and names.

CREATE TABLE second_factors (
    user_id      UUID   NOT NULL PRIMARY KEY REFERENCES users (id),
    wrapped      BYTEA  NOT NULL,                 -- AES-256-GCM under the root key
    created_at   BIGINT NOT NULL,                 -- µs since 1970
    confirmed_at BIGINT,                          -- µs since 1970; active from then on
    last_step    BIGINT NOT NULL DEFAULT 0        -- step of 30 s since 1970 whose code was used up last; only goes up
);

CREATE TABLE recovery_codes (
    user_id UUID   NOT NULL REFERENCES users (id),
    digest  BYTEA  NOT NULL,                      -- of user and code, keyed
    PRIMARY KEY (user_id, digest)
);
