-- The registry: the only truth about which tenants exist and where their databases live.
CREATE SCHEMA tenancy;

CREATE TABLE tenancy.cells (
    name text PRIMARY KEY CONSTRAINT cell_name CHECK (name ~ '^[a-z][a-z0-9_]{0,30}$'),
    url text NOT NULL, -- without credentials: they come from the settings
    capacity integer NOT NULL DEFAULT 2500 CONSTRAINT cell_capacity CHECK (capacity > 0),
    weight integer NOT NULL DEFAULT 100 CONSTRAINT cell_weight CHECK (weight >= 0),
    state text NOT NULL DEFAULT 'open' CONSTRAINT cell_state CHECK (state IN ('open', 'closed')),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE tenancy.tenants (
    id uuid PRIMARY KEY,
    slug text NOT NULL CONSTRAINT tenant_slug_form CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name text NOT NULL CONSTRAINT tenant_name_length CHECK (length(name) BETWEEN 1 AND 200),
    status text NOT NULL CONSTRAINT tenant_status
        CHECK (status IN ('provisioning', 'active', 'trial', 'suspended', 'inactive', 'deleted')),
    plan text NOT NULL CONSTRAINT tenant_plan
        CHECK (plan IN ('free', 'starter', 'professional', 'enterprise')),
    max_libraries integer NOT NULL CONSTRAINT tenant_max_libraries CHECK (max_libraries > 0),
    max_students integer NOT NULL CONSTRAINT tenant_max_students CHECK (max_students > 0),
    max_staff integer NOT NULL CONSTRAINT tenant_max_staff CHECK (max_staff > 0),
    provisioning_attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT tenant_deleted_at CHECK ((status = 'deleted') = (deleted_at IS NOT NULL))
);
CREATE UNIQUE INDEX tenant_slug ON tenancy.tenants (slug) WHERE status <> 'deleted';
CREATE INDEX tenants_unfinished ON tenancy.tenants (created_at) WHERE status = 'provisioning';

-- Every database that was made or is about to be made. A row is committed before its CREATE DATABASE,
-- so whatever a crash leaves behind is known by name.
CREATE TABLE tenancy.databases (
    cell text NOT NULL REFERENCES tenancy.cells (name),
    name text NOT NULL,
    state text NOT NULL CONSTRAINT database_state CHECK (state IN ('creating', 'ready', 'claimed', 'dropping')),
    revision integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cell, name)
);
CREATE INDEX databases_to_claim ON tenancy.databases (cell, created_at) WHERE state = 'ready';

CREATE TABLE tenancy.placements (
    tenant_id uuid PRIMARY KEY REFERENCES tenancy.tenants (id),
    cell text NOT NULL,
    database text NOT NULL,
    generation integer NOT NULL DEFAULT 1,
    revision integer NOT NULL,
    migration_error text,
    UNIQUE (cell, database),
    FOREIGN KEY (cell, database) REFERENCES tenancy.databases (cell, name)
);
CREATE INDEX placements_by_revision ON tenancy.placements (revision);

GRANT USAGE ON SCHEMA tenancy TO studyspot_app;
GRANT SELECT ON ALL TABLES IN SCHEMA tenancy TO studyspot_app;
GRANT INSERT, UPDATE ON tenancy.tenants, tenancy.databases, tenancy.placements TO studyspot_app;
GRANT DELETE ON tenancy.databases TO studyspot_app;
