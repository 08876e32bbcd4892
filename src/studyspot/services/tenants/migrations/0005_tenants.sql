CREATE SCHEMA tenants;

-- What the operator knows of a business beyond the registry's row of it.
CREATE TABLE tenants.profiles (
    tenant_id uuid PRIMARY KEY REFERENCES tenancy.tenants (id),
    email text NOT NULL CONSTRAINT profile_email_lower CHECK (email = lower(email)),
    phone text CONSTRAINT profile_phone CHECK (phone ~ '^\+[1-9][0-9]{1,14}$'),
    address jsonb,
    suspension_reason text,
    owner_account_id uuid NOT NULL,
    owner_added boolean NOT NULL DEFAULT false,
    self_registered boolean NOT NULL,
    is_deleted boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX profile_email ON tenants.profiles (email) WHERE NOT is_deleted;
-- One sign-up per account, however often the same call is repeated.
CREATE UNIQUE INDEX profile_registered_by ON tenants.profiles (owner_account_id)
    WHERE self_registered AND NOT is_deleted;
CREATE INDEX profiles_without_owner ON tenants.profiles (tenant_id) WHERE NOT owner_added;

GRANT USAGE ON SCHEMA tenants TO studyspot_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA tenants TO studyspot_app;
