-- When students were in a library. One who is in still has no end; nobody is in twice.
CREATE TABLE bookings.visits (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL CONSTRAINT visit_library REFERENCES libraries.libraries (id),
    student_id uuid NOT NULL CONSTRAINT visit_student REFERENCES students.students (id),
    booking_id uuid CONSTRAINT visit_booking REFERENCES bookings.bookings (id),
    came_at timestamptz NOT NULL,
    left_at timestamptz,
    CONSTRAINT visit_times CHECK (left_at >= came_at),
    CONSTRAINT already_in EXCLUDE USING gist (student_id WITH =, tstzrange(came_at, left_at) WITH &&)
);
CREATE INDEX visits_by_time ON bookings.visits (came_at DESC, id DESC);
CREATE INDEX visits_of_library ON bookings.visits (library_id, came_at DESC, id DESC);
CREATE INDEX visits_of_student ON bookings.visits (student_id, came_at DESC, id DESC);
CREATE INDEX visits_of_those_in ON bookings.visits (library_id, came_at) WHERE left_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON bookings.visits TO studyspot_app;

COMMENT ON TABLE bookings.visits IS 'When students came and left';
