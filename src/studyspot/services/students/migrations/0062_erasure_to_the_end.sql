-- For the bookings room, which may not lock what it only looks at: whoever is to get something stays until the commit,
-- and is not deleted or forgotten in that moment.
CREATE FUNCTION students.published_hold(student uuid) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = '' AS $$
    SELECT FROM students.students WHERE id = student FOR KEY SHARE;
$$;
REVOKE ALL ON FUNCTION students.published_hold FROM PUBLIC;
GRANT EXECUTE ON FUNCTION students.published_hold TO studyspot_app;

-- What somebody agreed to as a guardian ends when the name or the number is another one's from then on.
ALTER TABLE students.consents
    DROP CONSTRAINT consent_kind,
    ADD CONSTRAINT consent_kind CHECK (kind IN ('given', 'withdrawn', 'ended'));
