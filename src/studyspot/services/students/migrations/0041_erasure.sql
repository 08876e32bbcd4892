-- A student who asked to be forgotten. What bills name is the code; nobody's phone or birthday is left.
ALTER TABLE students.students
    ALTER COLUMN phone DROP NOT NULL,
    ADD COLUMN erased_at timestamptz,
    ADD CONSTRAINT student_phone_there CHECK (phone IS NOT NULL OR erased_at IS NOT NULL),
    ADD CONSTRAINT student_erased CHECK (
        erased_at IS NULL OR (
            deleted_at IS NOT NULL AND first_name = 'Erased student' AND search_text = ''
            AND num_nonnulls(
                last_name, email, phone, parent_phone, date_of_birth, gender, address, city, state, pincode,
                education_level, course, institution, emergency_contact_name, emergency_contact_phone, notes
            ) = 0
        )
    );

-- What the trail holds of a student who is forgotten: who did what when stays, what it was about goes. The
-- application may otherwise change nothing there.
CREATE FUNCTION students.forget_in_trail(student uuid) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM students.students WHERE id = student AND erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'this student is not erased' USING ERRCODE = 'check_violation', CONSTRAINT = 'trail_of_erased';
    END IF;
    UPDATE audit.entries SET before = NULL, after = NULL
    WHERE (entity = 'student' AND entity_id = student)
        OR (entity = 'goal' AND entity_id IN (SELECT id FROM students.goals WHERE student_id = student))
        OR (entity IN ('guardian', 'id_proof') AND student::text IN (before ->> 'student_id', after ->> 'student_id'));
    UPDATE audit.entries SET
        before = before || CASE WHEN before ? 'student_name' THEN '{"student_name": "Erased student"}'::jsonb ELSE '{}' END,
        after = after || CASE WHEN after ? 'student_name' THEN '{"student_name": "Erased student"}'::jsonb ELSE '{}' END
    WHERE student::text IN (before ->> 'student_id', after ->> 'student_id');
END $$;
REVOKE ALL ON FUNCTION students.forget_in_trail FROM PUBLIC;
GRANT EXECUTE ON FUNCTION students.forget_in_trail TO studyspot_app;
GRANT DELETE ON students.privacy TO studyspot_app;
