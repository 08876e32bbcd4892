-- Whose database this is. Stamped once, when it is handed to its tenant, and read on every new connection.
CREATE SCHEMA tenancy;

CREATE TABLE tenancy.identity (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT identity_only_row CHECK (only_row),
    tenant_id uuid NOT NULL,
    generation integer NOT NULL,
    stamped_at timestamptz NOT NULL DEFAULT now()
);

GRANT USAGE ON SCHEMA tenancy TO studyspot_app;
GRANT SELECT ON tenancy.identity TO studyspot_app;
