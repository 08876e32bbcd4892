-- For the students and libraries rooms, which remove nobody and nothing that a membership goes on with.
CREATE VIEW bookings.published_members AS
    SELECT student_id, library_id, ends_on FROM bookings.memberships WHERE status = 'sold';

GRANT SELECT ON bookings.published_members TO studyspot_app;
