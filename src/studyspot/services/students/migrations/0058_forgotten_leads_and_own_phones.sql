-- A number that students enter themselves makes nobody siblings until the staff has written it.
ALTER TABLE students.students ADD COLUMN parent_phone_is_own boolean NOT NULL DEFAULT false;

CREATE OR REPLACE VIEW students.family_phones AS
    SELECT student_id, phone FROM students.guardians
    WHERE deleted_at IS NULL AND relation NOT IN ('spouse', 'other')
    UNION ALL
    SELECT id, parent_phone FROM students.students
    WHERE parent_phone IS NOT NULL AND NOT parent_phone_is_own AND deleted_at IS NULL;

COMMENT ON COLUMN students.students.parent_phone_is_own IS 'Entered by the student, and not by the staff since';
