-- Who waits for a seat that is taken. An offer is a draft of a membership, which keeps the seat for a while.
CREATE TABLE bookings.waitlist (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL CONSTRAINT waiting_library REFERENCES libraries.libraries (id),
    student_id uuid NOT NULL CONSTRAINT waiting_student REFERENCES students.students (id),
    plan_id uuid NOT NULL CONSTRAINT waiting_plan REFERENCES libraries.fee_plans (id),
    zone_id uuid CONSTRAINT waiting_zone REFERENCES libraries.zones (id),
    shift_ids uuid[] NOT NULL,
    starts_on date NOT NULL,
    status text NOT NULL DEFAULT 'waiting'
        CONSTRAINT waiting_status CHECK (status IN ('waiting', 'offered', 'accepted', 'lapsed', 'left')),
    membership_id uuid CONSTRAINT waiting_membership REFERENCES bookings.memberships (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT waiting_offer CHECK (status NOT IN ('offered', 'accepted') OR membership_id IS NOT NULL)
);
CREATE UNIQUE INDEX waits_once ON bookings.waitlist (student_id, library_id) WHERE status IN ('waiting', 'offered');
CREATE UNIQUE INDEX offered_once ON bookings.waitlist (membership_id);
CREATE INDEX waitlist_in_order ON bookings.waitlist (library_id, id) WHERE status IN ('waiting', 'offered');
CREATE INDEX waitlist_by_time ON bookings.waitlist (created_at DESC, id DESC);

GRANT SELECT, INSERT, UPDATE ON bookings.waitlist TO studyspot_app;

COMMENT ON TABLE bookings.waitlist IS 'Who waits, or waited, for a seat';
