-- In both histories. The role studyspot_app exists on every server before a database is made there.
CREATE SCHEMA audit;

CREATE TABLE audit.entries (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    account_id uuid,
    role text NOT NULL,
    action text NOT NULL,
    entity text NOT NULL,
    entity_id uuid,
    before jsonb,
    after jsonb,
    request_id text NOT NULL DEFAULT ''
);
CREATE INDEX entries_of_entity ON audit.entries (entity, entity_id, at DESC);
CREATE INDEX entries_of_account ON audit.entries (account_id, at DESC);

GRANT USAGE ON SCHEMA audit TO studyspot_app;
GRANT SELECT, INSERT ON audit.entries TO studyspot_app;
