-- Photos of students, and of papers that were shown until somebody need not look at them any more.
CREATE TABLE students.images (
    id uuid PRIMARY KEY,
    student_id uuid NOT NULL CONSTRAINT image_student REFERENCES students.students (id),
    id_proof_id uuid CONSTRAINT image_id_proof REFERENCES students.id_proofs (id) ON DELETE CASCADE,
    content bytea NOT NULL CONSTRAINT image_content CHECK (octet_length(content) BETWEEN 1 AND 2097152),
    delete_after timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT image_of_paper_goes CHECK ((id_proof_id IS NULL) = (delete_after IS NULL))
);
CREATE UNIQUE INDEX photo_of_student ON students.images (student_id) WHERE id_proof_id IS NULL;
CREATE UNIQUE INDEX image_of_paper ON students.images (id_proof_id) WHERE id_proof_id IS NOT NULL;
CREATE INDEX images_of_student ON students.images (student_id);
CREATE INDEX images_that_go ON students.images (delete_after) WHERE delete_after IS NOT NULL;

GRANT SELECT, INSERT, DELETE ON students.images TO studyspot_app;
COMMENT ON TABLE students.images IS
    'Photos of students, and of papers that were shown, which are deleted after thirty days: JPEG, its bytes in hexadecimal';
