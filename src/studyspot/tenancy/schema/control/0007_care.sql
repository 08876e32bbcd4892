-- Backups, restores, moves and the end of tenants. Each row states a fact that whoever comes next can act upon.
ALTER TABLE tenancy.databases
    DROP CONSTRAINT database_state,
    ADD CONSTRAINT database_state CHECK (
        state IN ('creating', 'ready', 'claimed', 'restoring', 'retiring', 'retired', 'dropping')
    ),
    ADD COLUMN tenant_id uuid REFERENCES tenancy.tenants (id), -- of one being restored, or replaced
    ADD COLUMN retired_at timestamptz;

COMMENT ON COLUMN tenancy.databases.state IS
    'restoring: filled by a living process, or waste; retiring: replaced, still to be closed; retired: closed';

ALTER TABLE tenancy.placements
    ADD COLUMN frozen_at timestamptz, -- since when its database takes no writes: it is about to be replaced
    ADD COLUMN backed_up_at timestamptz;

ALTER TABLE tenancy.tenants
    ADD COLUMN dropped_at timestamptz,
    ADD CONSTRAINT tenant_dropped_at CHECK (dropped_at IS NULL OR status = 'deleted');

-- Backups that were restored for proof. `problem` says what was wrong.
CREATE TABLE tenancy.drills (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    tenant_id uuid NOT NULL REFERENCES tenancy.tenants (id),
    backup text NOT NULL,
    problem text
);
CREATE INDEX drills_failed ON tenancy.drills (at) WHERE problem IS NOT NULL;

GRANT DELETE ON tenancy.placements TO studyspot_app;
GRANT SELECT, INSERT ON tenancy.drills TO studyspot_app;
