-- Registers that were brought in. `created_students` are those whom the import added: they go with it.
CREATE TABLE bookings.imports (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL CONSTRAINT import_library REFERENCES libraries.libraries (id),
    as_of date NOT NULL,
    created_students uuid[] NOT NULL,
    account_id uuid,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX imports_by_time ON bookings.imports (created_at DESC, id DESC);

-- The membership that a row of a register became. The same row again is refused, whoever comes first, until the
-- first is taken back.
CREATE TABLE bookings.imported (
    import_id uuid NOT NULL CONSTRAINT imported_import REFERENCES bookings.imports (id),
    line integer NOT NULL CONSTRAINT imported_line CHECK (line > 0),
    membership_id uuid NOT NULL CONSTRAINT imported_membership UNIQUE REFERENCES bookings.memberships (id),
    bill_id uuid NOT NULL,
    fingerprint bytea NOT NULL CONSTRAINT imported_fingerprint CHECK (length(fingerprint) = 32),
    undone_at timestamptz,
    PRIMARY KEY (import_id, line)
);
CREATE UNIQUE INDEX imported_once ON bookings.imported (fingerprint) WHERE undone_at IS NULL;

GRANT SELECT, INSERT ON bookings.imports, bookings.imported TO studyspot_app;
GRANT UPDATE (undone_at) ON bookings.imported TO studyspot_app;

COMMENT ON TABLE bookings.imports IS 'Registers that were brought in';
COMMENT ON TABLE bookings.imported IS 'The membership that each row of a register became';
