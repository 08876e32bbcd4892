-- For the students room, which gives students a copy of all that is kept about them: what they booked, when they went
-- out for a while, and what they waited for.
CREATE VIEW bookings.published_bookings AS
    SELECT student_id, library_id, seat_id, starts_at, ends_at,
        CASE WHEN status = 'held' AND held_until <= now() THEN 'expired' ELSE status END AS status, cancel_reason,
        created_at
    FROM bookings.bookings;

CREATE VIEW bookings.published_leaves AS
    SELECT v.student_id, v.library_id, a.since, a.back_by, a.back_at,
        a.back_at IS NULL AND a.back_by <= now() AND a.forgiven_at IS NULL AS is_strike, a.forgiven_at, a.forgive_reason
    FROM bookings.leaves a JOIN bookings.visits v ON v.id = a.visit_id;

CREATE VIEW bookings.published_waitlist AS
    SELECT w.student_id, w.library_id, w.plan_id, w.zone_id, w.starts_on,
        CASE WHEN w.status = 'offered' AND m.status = 'sold' THEN 'accepted'
            WHEN w.status = 'offered' AND (m.status <> 'draft' OR m.held_until <= now()) THEN 'lapsed'
            ELSE w.status END AS status,
        w.created_at
    FROM bookings.waitlist w LEFT JOIN bookings.memberships m ON m.id = w.membership_id;

CREATE INDEX leaves_of_visit ON bookings.leaves (visit_id);

GRANT SELECT ON bookings.published_bookings, bookings.published_leaves, bookings.published_waitlist TO studyspot_app;
