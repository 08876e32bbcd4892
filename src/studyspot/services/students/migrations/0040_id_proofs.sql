-- Which paper somebody showed. Of its number the last four characters, never more.
CREATE TABLE students.id_proofs (
    id uuid PRIMARY KEY,
    student_id uuid NOT NULL CONSTRAINT id_proof_student REFERENCES students.students (id),
    kind text NOT NULL CONSTRAINT id_proof_kind CHECK (kind IN
        ('aadhaar', 'pan', 'driving_licence', 'voter_id', 'passport', 'school_or_college_id')),
    last_four text NOT NULL CONSTRAINT id_proof_last_four CHECK (last_four ~ '^[0-9A-Z]{4}$'),
    seen_by uuid,
    seen_by_role text NOT NULL,
    seen_on date NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX id_proofs_of_student ON students.id_proofs (student_id, created_at, id);

GRANT SELECT, INSERT, DELETE ON students.id_proofs TO studyspot_app;
COMMENT ON TABLE students.id_proofs IS 'Which identity papers were shown: the last four characters of their numbers';
