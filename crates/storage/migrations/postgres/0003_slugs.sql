-- Short names for addresses, dates of changes that were missing, and service accounts that can be deleted.
-- migrations/sqlite/0003_slugs.sql has the same columns and names.

ALTER TABLE organizations ADD COLUMN slug TEXT NOT NULL DEFAULT '';         -- lower case; empty is none
UPDATE organizations SET slug = 'organization-' || number;
CREATE UNIQUE INDEX organizations_slugged ON organizations (slug) WHERE slug <> '' AND deleted_at IS NULL;

ALTER TABLE applications ADD COLUMN slug TEXT NOT NULL DEFAULT '';          -- lower case; empty is none
UPDATE applications SET slug = 'application-' || number;
CREATE UNIQUE INDEX applications_slugged ON applications (organization_id, slug)
    WHERE slug <> '' AND archived_at IS NULL;

ALTER TABLE memberships ADD COLUMN modified_at BIGINT NOT NULL DEFAULT 0;  -- µs since 1970
UPDATE memberships SET modified_at = created_at;

ALTER TABLE service_accounts ADD COLUMN modified_at BIGINT NOT NULL DEFAULT 0; -- µs since 1970
ALTER TABLE service_accounts ADD COLUMN deleted_at BIGINT;                 -- µs since 1970; the row stays, its name is free
UPDATE service_accounts SET modified_at = created_at;
