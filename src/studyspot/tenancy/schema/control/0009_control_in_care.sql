-- The control database is backed up and drilled as tenants' databases are: a drill of no tenant is its own.
ALTER TABLE tenancy.drills ALTER COLUMN tenant_id DROP NOT NULL;

CREATE TABLE tenancy.control_backup (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    backed_up_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON tenancy.control_backup TO studyspot_app;
