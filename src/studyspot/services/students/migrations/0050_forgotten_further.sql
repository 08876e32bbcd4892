-- What is known of a student who is forgotten, also as a lead, in referrals and in what they complained about.
ALTER TABLE students.leads
    ALTER COLUMN phone DROP NOT NULL,
    ADD CONSTRAINT lead_phone_there CHECK (phone IS NOT NULL OR status = 'converted');

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
            OR (entity = 'lead' AND entity_id IN (SELECT id FROM students.leads WHERE student_id = student))
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

-- That they complained, and when it was answered, stays; what they and others wrote goes.
CREATE FUNCTION students.forget_tickets(student uuid) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM students.students WHERE id = student AND erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'this student is not erased' USING ERRCODE = 'check_violation', CONSTRAINT = 'tickets_of_erased';
    END IF;
    UPDATE students.ticket_events SET text = NULL
    WHERE ticket_id IN (SELECT id FROM students.tickets WHERE student_id = student);
    UPDATE students.tickets SET title = 'Erased', description = 'Erased', search_text = '', version = version + 1,
        resolution = CASE WHEN resolution IS NOT NULL THEN 'Erased' END, updated_at = now()
    WHERE student_id = student;
END $$;
REVOKE ALL ON FUNCTION students.forget_tickets FROM PUBLIC;
GRANT EXECUTE ON FUNCTION students.forget_tickets TO studyspot_app;
