-- For the bookings room: who may take a seat, and the name that is shown on it.
CREATE VIEW students.published_students AS
    SELECT id, concat_ws(' ', first_name, last_name) AS name, gender, status, deleted_at IS NULL AS is_there
    FROM students.students;

GRANT SELECT ON students.published_students TO studyspot_app;
