-- What has run out, and what a student has, is found without reading all that was ever taken: the one while a seat is
-- locked.
CREATE INDEX occupancy_held ON bookings.occupancy (held_until) WHERE held_until IS NOT NULL;
CREATE INDEX occupancy_of_student ON bookings.occupancy (student_id) WHERE student_id IS NOT NULL;

-- Who is going to be taken to another library is a member of both.
CREATE OR REPLACE VIEW bookings.published_members AS
    SELECT m.student_id, t.library_id, max(t.ends_on) AS ends_on
    FROM bookings.memberships m JOIN bookings.terms t ON t.membership_id = m.id
    WHERE m.status = 'sold' GROUP BY m.id, m.student_id, t.library_id;

COMMENT ON COLUMN bookings.memberships.library_id IS 'That of the last term; where a member is today, the terms say';
