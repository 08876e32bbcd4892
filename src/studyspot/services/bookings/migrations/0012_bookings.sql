CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE SCHEMA bookings;

-- Seats that were bought for some hours. They stay when they are over or cancelled.
CREATE TABLE bookings.bookings (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL CONSTRAINT booking_library REFERENCES libraries.libraries (id),
    seat_id uuid NOT NULL CONSTRAINT booking_seat REFERENCES libraries.seats (id),
    student_id uuid NOT NULL CONSTRAINT booking_student REFERENCES students.students (id),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    status text NOT NULL CONSTRAINT booking_status CHECK (status IN ('held', 'confirmed', 'cancelled', 'expired')),
    held_until timestamptz,
    cancel_reason text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT booking_times CHECK (ends_at > starts_at),
    CONSTRAINT booking_held CHECK ((status = 'held') = (held_until IS NOT NULL))
);
CREATE INDEX bookings_by_start ON bookings.bookings (starts_at DESC, id DESC);
CREATE INDEX bookings_of_library ON bookings.bookings (library_id, starts_at DESC, id DESC);
CREATE INDEX bookings_of_student ON bookings.bookings (student_id, starts_at DESC, id DESC);
CREATE INDEX bookings_held ON bookings.bookings (held_until) WHERE status = 'held';

-- Seats and lockers that nobody can have for a while. One that is not over has no end.
CREATE TABLE bookings.outages (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL CONSTRAINT outage_library REFERENCES libraries.libraries (id),
    seat_id uuid NOT NULL CONSTRAINT outage_seat REFERENCES libraries.seats (id),
    reason text NOT NULL CONSTRAINT outage_reason CHECK (length(reason) BETWEEN 1 AND 200),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outage_times CHECK (ends_at > starts_at)
);
CREATE INDEX outages_of_library ON bookings.outages (library_id, starts_at DESC, id DESC);

-- When each seat is taken, and by what. Of two rows for one seat that overlap, the later is refused: nothing
-- is sold twice, whatever the application does. So are two seats for one student; a locker may be had beside.
-- A hold that has run out is removed by whoever comes next.
CREATE TABLE bookings.occupancy (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL,
    seat_id uuid NOT NULL,
    kind text NOT NULL,
    during tstzrange NOT NULL CONSTRAINT occupancy_during
        CHECK (NOT isempty(during) AND NOT lower_inf(during) AND lower_inc(during) AND NOT upper_inc(during)),
    student_id uuid CONSTRAINT occupancy_student REFERENCES students.students (id),
    booking_id uuid CONSTRAINT occupancy_booking REFERENCES bookings.bookings (id),
    outage_id uuid CONSTRAINT occupancy_outage REFERENCES bookings.outages (id),
    held_until timestamptz,
    CONSTRAINT occupancy_seat FOREIGN KEY (seat_id, library_id, kind)
        REFERENCES libraries.seats (id, library_id, kind),
    CONSTRAINT occupancy_of_one CHECK (num_nonnulls(booking_id, outage_id) = 1),
    CONSTRAINT occupancy_of_somebody CHECK ((booking_id IS NULL) = (student_id IS NULL)),
    CONSTRAINT seat_taken EXCLUDE USING gist (seat_id WITH =, during WITH &&),
    CONSTRAINT student_elsewhere EXCLUDE USING gist (student_id WITH =, during WITH &&) WHERE (kind = 'seat')
);
CREATE INDEX occupancy_of_library ON bookings.occupancy USING gist (library_id, during);
CREATE UNIQUE INDEX occupancy_of_booking ON bookings.occupancy (booking_id);
CREATE UNIQUE INDEX occupancy_of_outage ON bookings.occupancy (outage_id);

-- For the libraries room, which removes nothing that somebody has, or is going to have; and for the students
-- room, which removes nobody who has something.
CREATE VIEW bookings.published_taken AS
    SELECT seat_id, library_id, student_id, upper(during) AS until, held_until FROM bookings.occupancy
    WHERE booking_id IS NOT NULL;

GRANT USAGE ON SCHEMA bookings TO studyspot_app;
GRANT SELECT, INSERT, UPDATE ON bookings.bookings TO studyspot_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON bookings.outages, bookings.occupancy TO studyspot_app;
GRANT SELECT ON bookings.published_taken TO studyspot_app;

COMMENT ON TABLE bookings.bookings IS 'Seats and lockers that students had or have for some hours';
COMMENT ON TABLE bookings.outages IS 'When seats and lockers could not be used, and why';
COMMENT ON TABLE bookings.occupancy IS 'Internal: when each seat and locker is taken, made from the others';
