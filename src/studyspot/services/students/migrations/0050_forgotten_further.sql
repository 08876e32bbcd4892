-- What is known of a student who is forgotten, also as a lead, in referrals and in what they complained about.
ALTER TABLE students.leads
    ALTER COLUMN phone DROP NOT NULL,
    ADD CONSTRAINT lead_phone_there CHECK (phone IS NOT NULL OR status = 'converted');

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
