-- For the payments room: whom a paper is made out to.
CREATE VIEW students.published_recipients AS
    SELECT id, concat_ws(' ', first_name, last_name) AS name, concat_ws(', ', address, city, pincode) AS address, state
    FROM students.students;

GRANT SELECT ON students.published_recipients TO studyspot_app;
