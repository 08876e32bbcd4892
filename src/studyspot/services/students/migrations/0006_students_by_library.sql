-- For the libraries room, which removes no library that students belong to.
CREATE VIEW students.published_students_by_library AS
    SELECT library_id, count(*) AS students
    FROM students.students
    WHERE deleted_at IS NULL AND library_id IS NOT NULL
    GROUP BY library_id;

GRANT SELECT ON students.published_students_by_library TO studyspot_app;

-- The first name stands once more behind the last: people search for a name in either order.
UPDATE students.students
SET search_text = array_to_string(words[:names] || words[:first_names] || words[names + 1:], ' ')
FROM (
    SELECT id,
        string_to_array(search_text, ' ') AS words,
        cardinality(regexp_split_to_array(first_name, '\s+')) AS first_names,
        cardinality(regexp_split_to_array(first_name || ' ' || last_name, '\s+')) AS names
    FROM students.students
    WHERE last_name IS NOT NULL
) AS found
WHERE students.students.id = found.id;
