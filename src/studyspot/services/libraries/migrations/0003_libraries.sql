CREATE SCHEMA libraries;

CREATE TABLE libraries.libraries (
    id uuid PRIMARY KEY,
    name text NOT NULL CONSTRAINT library_name_length CHECK (length(name) BETWEEN 1 AND 100),
    status text NOT NULL CONSTRAINT library_status CHECK (status IN ('active', 'inactive', 'under_maintenance')),
    address text,
    city text,
    state text,
    pincode text CONSTRAINT library_pincode CHECK (pincode ~ '^[1-9][0-9]{5}$'),
    phone text CONSTRAINT library_phone CHECK (phone ~ '^\+[1-9][0-9]{1,14}$'),
    email text,
    latitude double precision CONSTRAINT library_latitude CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CONSTRAINT library_longitude CHECK (longitude BETWEEN -180 AND 180),
    capacity integer CONSTRAINT library_capacity CHECK (capacity > 0),
    opening_time time,
    closing_time time,
    time_zone text NOT NULL,
    facilities text[] NOT NULL DEFAULT '{}',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);
CREATE UNIQUE INDEX library_name ON libraries.libraries (lower(name)) WHERE deleted_at IS NULL;

GRANT USAGE ON SCHEMA libraries TO studyspot_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA libraries TO studyspot_app;
