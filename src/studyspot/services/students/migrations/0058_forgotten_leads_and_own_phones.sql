-- A number that students enter themselves makes nobody siblings until the staff has written it.
ALTER TABLE students.students ADD COLUMN parent_phone_is_own boolean NOT NULL DEFAULT false;

CREATE OR REPLACE VIEW students.family_phones AS
    SELECT student_id, phone FROM students.guardians
    WHERE deleted_at IS NULL AND relation NOT IN ('spouse', 'other')
    UNION ALL
    SELECT id, parent_phone FROM students.students
    WHERE parent_phone IS NOT NULL AND NOT parent_phone_is_own AND deleted_at IS NULL;

COMMENT ON COLUMN students.students.parent_phone_is_own IS 'Entered by the student, and not by the staff since';

-- Who is forgotten is so also where they asked before under the same number, and became no student from there.
ALTER TABLE students.leads
    ADD COLUMN erased_with uuid CONSTRAINT lead_erased_with REFERENCES students.students (id),
    DROP CONSTRAINT lead_phone_there,
    ADD CONSTRAINT lead_phone_there CHECK (phone IS NOT NULL OR status = 'converted' OR erased_with IS NOT NULL),
    ADD CONSTRAINT lead_erased CHECK (erased_with IS NULL OR (status IN ('converted', 'lost') AND phone IS NULL
        AND name = 'Erased student' AND notes IS NULL AND search_text = '' AND coalesce(lost_reason, 'Erased') = 'Erased'));
CREATE INDEX leads_erased_with ON students.leads (erased_with) WHERE erased_with IS NOT NULL;
CREATE INDEX leads_by_phone ON students.leads (phone) WHERE student_id IS NULL;
COMMENT ON COLUMN students.leads.erased_with IS 'Internal: the student with whom it was forgotten';

-- As before, and further; the chain of the trail says for whom it was forgotten.
CREATE OR REPLACE FUNCTION students.forget_in_trail(student uuid) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    named record;
    forgotten uuid[];
BEGIN
    IF NOT EXISTS (SELECT FROM students.students WHERE id = student AND erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'this student is not erased' USING ERRCODE = 'check_violation', CONSTRAINT = 'trail_of_erased';
    END IF;
    WITH blanked AS (
        UPDATE audit.entries SET before = NULL, after = NULL
        WHERE (entity = 'student' AND entity_id = student)
            OR (entity = 'goal' AND entity_id IN (SELECT id FROM students.goals WHERE student_id = student))
            OR (entity = 'lead' AND entity_id IN (SELECT id FROM students.leads WHERE student IN (student_id, erased_with)))
            OR (entity = 'ticket' AND entity_id IN (SELECT id FROM students.tickets WHERE student_id = student))
            OR (entity IN ('guardian', 'id_proof') AND student::text IN (before ->> 'student_id', after ->> 'student_id'))
        RETURNING id
    ) SELECT array_agg(id) INTO forgotten FROM blanked;
    PERFORM audit.forget(forgotten, student);
    FOR named IN VALUES ('student_id', 'student_name'), ('referrer_id', 'referrer_name'), ('referred_id', 'referred_name') LOOP
        UPDATE audit.entries SET
            before = before || CASE WHEN before ->> named.column1 = student::text AND before ? named.column2
                THEN jsonb_build_object(named.column2, 'Erased student') ELSE '{}' END,
            after = after || CASE WHEN after ->> named.column1 = student::text AND after ? named.column2
                THEN jsonb_build_object(named.column2, 'Erased student') ELSE '{}' END
        WHERE student::text IN (before ->> named.column1, after ->> named.column1)
            AND (before ? named.column2 OR after ? named.column2);
    END LOOP;
END $$;
