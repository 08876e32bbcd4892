-- When a library is open. A day without a row has the library's opening and closing time.
ALTER TABLE libraries.libraries ADD COLUMN calendar_version integer NOT NULL DEFAULT 1;

CREATE TABLE libraries.opening_hours (
    library_id uuid NOT NULL REFERENCES libraries.libraries (id),
    weekday smallint NOT NULL CONSTRAINT opening_weekday CHECK (weekday BETWEEN 1 AND 7), -- ISO 8601: 1 is Monday
    opens time,
    closes time,
    CONSTRAINT opening_both_or_closed CHECK ((opens IS NULL) = (closes IS NULL)),
    PRIMARY KEY (library_id, weekday)
);

CREATE TABLE libraries.holidays (
    library_id uuid NOT NULL REFERENCES libraries.libraries (id),
    day date NOT NULL,
    name text NOT NULL CONSTRAINT holiday_name CHECK (length(name) BETWEEN 1 AND 100),
    opens time,
    closes time,
    CONSTRAINT holiday_both_or_closed CHECK ((opens IS NULL) = (closes IS NULL)),
    PRIMARY KEY (library_id, day)
);

CREATE TABLE libraries.zones (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL CONSTRAINT zone_library REFERENCES libraries.libraries (id),
    name text NOT NULL CONSTRAINT zone_name_length CHECK (length(name) BETWEEN 1 AND 100),
    is_air_conditioned boolean NOT NULL,
    is_silent boolean NOT NULL,
    is_for_women boolean NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT zone_of_library UNIQUE (id, library_id)
);
CREATE UNIQUE INDEX zone_name ON libraries.zones (library_id, lower(name)) WHERE deleted_at IS NULL;

-- Seats and lockers: what one person at a time may have.
CREATE TABLE libraries.seats (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL,
    zone_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT seat_kind CHECK (kind IN ('seat', 'locker')),
    code text NOT NULL CONSTRAINT seat_code_form CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{0,11}$'),
    code_order text NOT NULL, -- numbers by their value: services/libraries/rules/floor.py
    features text[] NOT NULL DEFAULT '{}',
    grid_row smallint CONSTRAINT seat_row CHECK (grid_row > 0),
    grid_column smallint CONSTRAINT seat_column CHECK (grid_column > 0),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT seat_zone FOREIGN KEY (zone_id, library_id) REFERENCES libraries.zones (id, library_id)
);
CREATE UNIQUE INDEX seat_code ON libraries.seats (library_id, kind, code) WHERE deleted_at IS NULL;
CREATE INDEX seats_in_order ON libraries.seats (library_id, code_order, id) WHERE deleted_at IS NULL;
CREATE INDEX seats_of_zone ON libraries.seats (zone_id) WHERE deleted_at IS NULL;

CREATE TABLE libraries.shifts (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL CONSTRAINT shift_library REFERENCES libraries.libraries (id),
    name text NOT NULL CONSTRAINT shift_name_length CHECK (length(name) BETWEEN 1 AND 100),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);
CREATE UNIQUE INDEX shift_name ON libraries.shifts (library_id, lower(name)) WHERE deleted_at IS NULL;

-- What is sold is one row of these: the application may add to them and change none.
CREATE TABLE libraries.shift_times (
    id uuid PRIMARY KEY,
    shift_id uuid NOT NULL REFERENCES libraries.shifts (id),
    starts time NOT NULL,
    ends time NOT NULL,
    valid_from date NOT NULL
);
CREATE INDEX shift_times_of_shift ON libraries.shift_times (shift_id, valid_from, id);

GRANT SELECT, INSERT, UPDATE, DELETE ON libraries.opening_hours, libraries.holidays TO studyspot_app;
GRANT SELECT, INSERT, UPDATE ON libraries.zones, libraries.seats, libraries.shifts TO studyspot_app;
GRANT SELECT, INSERT ON libraries.shift_times TO studyspot_app;

COMMENT ON TABLE libraries.opening_hours IS 'When libraries are open on each day of the week';
COMMENT ON TABLE libraries.holidays IS 'Days on which libraries are closed, or open for other hours';
COMMENT ON TABLE libraries.zones IS 'The areas of libraries';
COMMENT ON TABLE libraries.seats IS 'Seats and lockers, those that were removed too';
COMMENT ON COLUMN libraries.seats.code_order IS 'Internal: what codes are sorted by';
COMMENT ON TABLE libraries.shifts IS 'The named parts of the day that are sold';
COMMENT ON TABLE libraries.shift_times IS 'From when to when each shift was, and since which day';
