-- What bounds a token's use, and who uses it. migrations/sqlite/0005_limits_and_usage.sql has the same
-- columns and names.

ALTER TABLE tokens ADD COLUMN not_before_at BIGINT;                         -- µs since 1970
ALTER TABLE tokens ADD COLUMN networks TEXT NOT NULL DEFAULT '';            -- with spaces between; empty: any
ALTER TABLE tokens ADD COLUMN rate_requests BIGINT;                         -- requests in a window, if limited
ALTER TABLE tokens ADD COLUMN rate_seconds BIGINT;                          -- the window, in s
ALTER TABLE tokens ADD COLUMN last_used_network TEXT;                       -- /24 or /48 of the last use
ALTER TABLE tokens ADD COLUMN last_used_agent TEXT;                         -- what it called itself
ALTER TABLE tokens ADD COLUMN last_used_surface TEXT;                       -- Surface::as_str

CREATE TABLE token_days (
    token_id UUID    NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    day      INTEGER NOT NULL,                    -- days since 1970-01-01, UTC
    good     BIGINT  NOT NULL,                    -- requests that were told yes
    refused  BIGINT  NOT NULL,                    -- requests that were told no
    PRIMARY KEY (token_id, day)
);
CREATE INDEX token_days_by_day ON token_days (day);
