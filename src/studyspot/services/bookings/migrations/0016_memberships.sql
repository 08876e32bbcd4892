-- What students have for longer than a day. Which plan, seat and price: the terms.
CREATE TABLE bookings.memberships (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL CONSTRAINT membership_library REFERENCES libraries.libraries (id),
    student_id uuid NOT NULL CONSTRAINT membership_student REFERENCES students.students (id),
    status text NOT NULL CONSTRAINT membership_status CHECK (status IN ('draft', 'sold', 'cancelled')),
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    grace_days smallint NOT NULL CONSTRAINT membership_grace CHECK (grace_days BETWEEN 0 AND 60),
    renews boolean NOT NULL,
    held_until timestamptz,
    cancel_reason text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT membership_held CHECK ((status = 'draft') = (held_until IS NOT NULL))
);
CREATE INDEX memberships_by_age ON bookings.memberships (created_at DESC, id DESC);
CREATE INDEX memberships_of_library ON bookings.memberships (library_id, ends_on, id);
CREATE INDEX memberships_of_student ON bookings.memberships (student_id, created_at DESC);

-- The days of a membership. They never overlap; days between two are those of a pause.
CREATE TABLE bookings.terms (
    id uuid PRIMARY KEY,
    membership_id uuid NOT NULL CONSTRAINT term_membership REFERENCES bookings.memberships (id),
    library_id uuid NOT NULL CONSTRAINT term_library REFERENCES libraries.libraries (id),
    plan_id uuid NOT NULL CONSTRAINT term_plan REFERENCES libraries.fee_plans (id),
    plan_name text NOT NULL,
    kind text NOT NULL CONSTRAINT term_kind CHECK (kind IN ('reserved', 'unreserved')),
    seat_id uuid CONSTRAINT term_seat REFERENCES libraries.seats (id),
    zone_id uuid CONSTRAINT term_zone REFERENCES libraries.zones (id),
    shifts jsonb NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    price bigint NOT NULL CONSTRAINT term_price CHECK (price >= 0),
    CONSTRAINT term_days CHECK (ends_on >= starts_on),
    CONSTRAINT term_seat_of_reserved CHECK ((kind = 'reserved') = (seat_id IS NOT NULL)),
    CONSTRAINT terms_overlap EXCLUDE USING gist
        (membership_id WITH =, daterange(starts_on, ends_on, '[]') WITH &&) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX terms_of_membership ON bookings.terms (membership_id, starts_on);

-- Days on which a membership rests.
CREATE TABLE bookings.pauses (
    id uuid PRIMARY KEY,
    membership_id uuid NOT NULL CONSTRAINT pause_membership REFERENCES bookings.memberships (id),
    first_on date NOT NULL,
    last_on date NOT NULL,
    reason text CONSTRAINT pause_reason CHECK (length(reason) BETWEEN 1 AND 200),
    CONSTRAINT pause_days CHECK (last_on >= first_on),
    CONSTRAINT pauses_overlap EXCLUDE USING gist
        (membership_id WITH =, daterange(first_on, last_on, '[]') WITH &&)
);

-- Each day of a membership is a row of its own: what it has, and in grace what it keeps.
ALTER TABLE bookings.occupancy
    ADD COLUMN membership_id uuid CONSTRAINT occupancy_membership REFERENCES bookings.memberships (id),
    DROP CONSTRAINT occupancy_of_one,
    DROP CONSTRAINT occupancy_of_somebody,
    ADD CONSTRAINT occupancy_of_one CHECK (num_nonnulls(booking_id, outage_id, membership_id) = 1),
    ADD CONSTRAINT occupancy_of_somebody CHECK ((outage_id IS NULL) = (student_id IS NOT NULL));
CREATE INDEX occupancy_of_membership ON bookings.occupancy (membership_id, lower(during))
    WHERE membership_id IS NOT NULL;

CREATE OR REPLACE VIEW bookings.published_taken AS
    SELECT seat_id, library_id, student_id, upper(during) AS until, held_until FROM bookings.occupancy
    WHERE outage_id IS NULL;

GRANT SELECT, INSERT, UPDATE ON bookings.memberships TO studyspot_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON bookings.terms, bookings.pauses TO studyspot_app;

COMMENT ON TABLE bookings.memberships IS 'What students have for longer than a day';
COMMENT ON TABLE bookings.terms IS 'The days of each membership: plan, seat, shifts and price, in paise';
COMMENT ON TABLE bookings.pauses IS 'Days on which memberships rest';
