-- As before; and the chain of the trail goes on over what was forgotten.
CREATE OR REPLACE FUNCTION students.forget_in_trail(student uuid) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    blanked uuid[];
    renamed uuid[];
BEGIN
    IF NOT EXISTS (SELECT FROM students.students WHERE id = student AND erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'this student is not erased' USING ERRCODE = 'check_violation', CONSTRAINT = 'trail_of_erased';
    END IF;
    WITH changed AS (
        UPDATE audit.entries SET before = NULL, after = NULL
        WHERE (entity = 'student' AND entity_id = student)
            OR (entity = 'goal' AND entity_id IN (SELECT id FROM students.goals WHERE student_id = student))
            OR (entity IN ('guardian', 'id_proof') AND student::text IN (before ->> 'student_id', after ->> 'student_id'))
        RETURNING id
    ) SELECT array_agg(id) INTO blanked FROM changed;
    WITH changed AS (
        UPDATE audit.entries SET
            before = before || CASE WHEN before ? 'student_name' THEN '{"student_name": "Erased student"}'::jsonb ELSE '{}' END,
            after = after || CASE WHEN after ? 'student_name' THEN '{"student_name": "Erased student"}'::jsonb ELSE '{}' END
        WHERE student::text IN (before ->> 'student_id', after ->> 'student_id')
            AND (before ? 'student_name' OR after ? 'student_name')
        RETURNING id
    ) SELECT array_agg(id) INTO renamed FROM changed;
    PERFORM audit.forget(blanked || renamed);
END $$;
