-- When a visit is over though nobody said so: at closing, or when a temporary leave has been overstayed.
ALTER TABLE bookings.visits ADD COLUMN out_by timestamptz;
UPDATE bookings.visits SET out_by = greatest(came_at + interval '24 hours', left_at);
ALTER TABLE bookings.visits
    ALTER COLUMN out_by SET NOT NULL,
    ADD CONSTRAINT visit_out_by CHECK (out_by >= came_at AND (left_at IS NULL OR left_at <= out_by));

-- Students who go out and keep their seat for a while. Who is not back in time has left, and gets a strike unless it
-- is forgiven. `out_by` and `chair_until` are what the visit had, and has again when they are back.
CREATE TABLE bookings.leaves (
    id uuid PRIMARY KEY,
    visit_id uuid NOT NULL CONSTRAINT leave_visit REFERENCES bookings.visits (id),
    since timestamptz NOT NULL,
    back_by timestamptz NOT NULL,
    back_at timestamptz,
    out_by timestamptz NOT NULL,
    chair_until timestamptz,
    forgiven_at timestamptz,
    forgive_reason text CONSTRAINT leave_forgive_reason CHECK (length(forgive_reason) BETWEEN 1 AND 200),
    CONSTRAINT leave_times CHECK (back_by > since AND back_at >= since AND back_at <= back_by),
    CONSTRAINT leave_forgiven CHECK ((forgiven_at IS NULL) = (forgive_reason IS NULL)),
    CONSTRAINT leave_forgiven_late CHECK (forgiven_at IS NULL OR back_at IS NULL)
);
CREATE UNIQUE INDEX away_already ON bookings.leaves (visit_id) WHERE back_at IS NULL;
CREATE INDEX leaves_by_time ON bookings.leaves (since DESC, id DESC);

-- Codes that were read: each counts once for each student. What is older than any code is valid is removed.
CREATE TABLE bookings.scans (
    code bytea NOT NULL,
    student_id uuid NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT scanned_already PRIMARY KEY (code, student_id)
);
CREATE INDEX scans_by_time ON bookings.scans (at);

GRANT SELECT, INSERT, UPDATE ON bookings.leaves TO studyspot_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON bookings.scans TO studyspot_app;

COMMENT ON TABLE bookings.leaves IS 'When students went out for a while and kept their seats';
COMMENT ON TABLE bookings.scans IS 'Internal: codes that were read at the door, for some minutes';
