-- For the students room, which gives students a copy of all that is kept about them: what they had, and when they came.
CREATE VIEW bookings.published_terms AS
    SELECT m.student_id, m.id AS membership_id, m.library_id, m.status, t.plan_name, t.starts_on,
        t.ends_on, t.price
    FROM bookings.memberships m
    JOIN bookings.terms t ON t.membership_id = m.id
    WHERE m.status <> 'draft';

CREATE VIEW bookings.published_visits AS
    SELECT student_id, library_id, came_at, coalesce(left_at, CASE WHEN out_by <= now() THEN out_by END) AS left_at
    FROM bookings.visits;

GRANT SELECT ON bookings.published_terms, bookings.published_visits TO studyspot_app;
