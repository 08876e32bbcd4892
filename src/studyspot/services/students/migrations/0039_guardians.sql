-- Who answers for a student. What is left of one who was removed is that there was somebody: a consent names them.
CREATE TABLE students.guardians (
    id uuid PRIMARY KEY,
    student_id uuid NOT NULL CONSTRAINT guardian_student REFERENCES students.students (id),
    place smallint NOT NULL CONSTRAINT guardian_place CHECK (place BETWEEN 1 AND 3),
    name text CONSTRAINT guardian_name CHECK (length(name) BETWEEN 1 AND 100),
    relation text CONSTRAINT guardian_relation
        CHECK (relation IN ('mother', 'father', 'grandparent', 'sibling', 'spouse', 'legal_guardian', 'other')),
    phone text CONSTRAINT guardian_phone CHECK (phone ~ '^\+[1-9][0-9]{1,14}$'),
    email text CONSTRAINT guardian_email_lower CHECK (email = lower(email)),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT guardian_of_student UNIQUE (id, student_id),
    CONSTRAINT guardian_is_known CHECK (
        CASE WHEN deleted_at IS NULL THEN num_nulls(name, relation, phone) = 0
            ELSE num_nonnulls(name, relation, phone, email) = 0 END
    )
);
CREATE UNIQUE INDEX guardian_place_taken ON students.guardians (student_id, place) WHERE deleted_at IS NULL;

-- What guardians agreed to, and what they took back, one after the other.
CREATE TABLE students.consents (
    number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT consent_number UNIQUE,
    id uuid PRIMARY KEY,
    student_id uuid NOT NULL CONSTRAINT consent_student REFERENCES students.students (id),
    guardian_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT consent_kind CHECK (kind IN ('given', 'withdrawn')),
    text_version text NOT NULL CONSTRAINT consent_text_version CHECK (length(text_version) BETWEEN 1 AND 50),
    verified_by text NOT NULL CONSTRAINT consent_verified_by
        CHECK (verified_by IN ('id_seen', 'known_in_person', 'code_to_phone', 'signed_form', 'digilocker')),
    account_id uuid,
    role text NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT consent_guardian FOREIGN KEY (guardian_id, student_id) REFERENCES students.guardians (id, student_id)
);
CREATE INDEX consents_of_student ON students.consents (student_id, number DESC);
CREATE INDEX consents_of_guardian ON students.consents (guardian_id, number DESC);

CREATE FUNCTION students.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION 'consents are only added to' USING ERRCODE = 'check_violation', CONSTRAINT = 'consents_append_only';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON students.consents
    FOR EACH STATEMENT EXECUTE FUNCTION students.refuse();

-- The day on which somebody is eighteen. Who was born on 29 February is so on 1 March.
CREATE FUNCTION students.adult_on(born date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    (born + interval '18 years')::date
    + CASE WHEN extract(day FROM born) > extract(day FROM born + interval '18 years') THEN 1 ELSE 0 END;

CREATE VIEW students.agreeing_guardians AS
    SELECT g.id, g.student_id, g.place, g.phone, g.email FROM students.guardians g
    WHERE g.deleted_at IS NULL AND (
        SELECT kind FROM students.consents c WHERE c.guardian_id = g.id ORDER BY number DESC LIMIT 1
    ) = 'given';

-- For the bookings room: whose membership begins only with a guardian's consent. Who is not here has told no date
-- of birth, and is not known to be a minor.
CREATE VIEW students.published_minors AS
    SELECT s.id AS student_id, students.adult_on(s.date_of_birth) AS adult_on,
        EXISTS (SELECT FROM students.agreeing_guardians g WHERE g.student_id = s.id) AS is_consented
    FROM students.students s WHERE s.date_of_birth IS NOT NULL;

-- For whoever sends messages: to whom. A minor's go to the guardian who agreed, or to the first one.
CREATE VIEW students.published_messages_to AS
    SELECT s.id AS student_id, is_minor AND g.id IS NOT NULL AS is_guardian,
        CASE WHEN is_minor THEN coalesce(g.phone, s.parent_phone, s.phone) ELSE s.phone END AS messages_to,
        CASE WHEN is_minor AND g.id IS NOT NULL THEN g.email ELSE s.email END AS email
    FROM (
        SELECT *, coalesce(students.adult_on(date_of_birth) > (now() AT TIME ZONE 'Asia/Kolkata')::date, false) AS is_minor
        FROM students.students WHERE deleted_at IS NULL
    ) s
    LEFT JOIN LATERAL (
        SELECT g.id, g.phone, g.email FROM students.guardians g
        WHERE g.student_id = s.id AND g.deleted_at IS NULL
        ORDER BY g.id IN (SELECT a.id FROM students.agreeing_guardians a) DESC, g.place LIMIT 1
    ) g ON true;

GRANT SELECT, INSERT ON students.guardians TO studyspot_app;
GRANT UPDATE (name, relation, phone, email, version, updated_at, deleted_at) ON students.guardians TO studyspot_app;
GRANT SELECT, INSERT ON students.consents TO studyspot_app;
GRANT SELECT ON students.published_minors, students.published_messages_to TO studyspot_app;

COMMENT ON TABLE students.guardians IS 'Who answers for students; of those who were removed only that they were there';
COMMENT ON TABLE students.consents IS 'What guardians of students agreed to, and took back';
