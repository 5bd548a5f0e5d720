-- What bounds a token's use, and who uses it. migrations/postgres/0005_limits_and_usage.sql has the same
-- columns and names.

ALTER TABLE tokens ADD COLUMN not_before_at INTEGER;                        -- µs since 1970
ALTER TABLE tokens ADD COLUMN networks TEXT NOT NULL DEFAULT '';            -- with spaces between; empty: any
ALTER TABLE tokens ADD COLUMN rate_requests INTEGER;                        -- requests in a window, if limited
ALTER TABLE tokens ADD COLUMN rate_seconds INTEGER;                         -- the window, in s
ALTER TABLE tokens ADD COLUMN last_used_network TEXT;                       -- /24 or /48 of the last use
ALTER TABLE tokens ADD COLUMN last_used_agent TEXT;                         -- what it called itself
ALTER TABLE tokens ADD COLUMN last_used_surface TEXT;                       -- Surface::as_str

CREATE TABLE token_days (
    token_id BLOB    NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    day      INTEGER NOT NULL,                    -- days since 1970-01-01, UTC
    good     INTEGER NOT NULL,                    -- requests that were told yes
    refused  INTEGER NOT NULL,                    -- requests that were told no
    PRIMARY KEY (token_id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX token_days_by_day ON token_days (day);
