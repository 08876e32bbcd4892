-- Why days were given for nothing. Those that were given before have no reason: it was asked for, and not kept.
ALTER TABLE bookings.terms
    ADD COLUMN reason text CONSTRAINT term_reason CHECK (length(reason) BETWEEN 1 AND 200);

-- Also since when: whose membership is far ahead is no member yet.
CREATE OR REPLACE VIEW bookings.published_members AS
    SELECT m.student_id, t.library_id, max(t.ends_on) AS ends_on, min(t.starts_on) AS starts_on
    FROM bookings.memberships m JOIN bookings.terms t ON t.membership_id = m.id
    WHERE m.status = 'sold' GROUP BY m.id, m.student_id, t.library_id;

COMMENT ON COLUMN bookings.terms.reason IS 'Why its days were given for nothing, if they were';
