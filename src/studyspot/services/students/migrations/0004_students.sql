CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE SCHEMA students;

CREATE TABLE students.students (
    id uuid PRIMARY KEY,
    -- What lists and counts go through stands first: PostgreSQL unpacks a row only as far as it reads.
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    status text NOT NULL DEFAULT 'active'
        CONSTRAINT student_status CHECK (status IN ('active', 'inactive', 'suspended')),
    library_id uuid CONSTRAINT student_library REFERENCES libraries.libraries (id),
    enrollment_date date NOT NULL,
    -- Names, code, phone and e-mail as people search for them: folded by services/students/rules.py.
    search_text text NOT NULL,
    student_code text NOT NULL,
    first_name text NOT NULL CONSTRAINT student_first_name CHECK (length(first_name) BETWEEN 1 AND 100),
    last_name text CONSTRAINT student_last_name CHECK (length(last_name) <= 100),
    email text CONSTRAINT student_email_lower CHECK (email = lower(email)),
    phone text NOT NULL CONSTRAINT student_phone_form CHECK (phone ~ '^\+[1-9][0-9]{1,14}$'),
    parent_phone text CONSTRAINT student_parent_phone CHECK (parent_phone ~ '^\+[1-9][0-9]{1,14}$'),
    date_of_birth date,
    gender text CONSTRAINT student_gender CHECK (gender IN ('male', 'female', 'other')),
    address text,
    city text,
    state text,
    pincode text CONSTRAINT student_pincode CHECK (pincode ~ '^[1-9][0-9]{5}$'),
    education_level text,
    course text,
    institution text,
    emergency_contact_name text,
    emergency_contact_phone text
        CONSTRAINT student_emergency_phone CHECK (emergency_contact_phone ~ '^\+[1-9][0-9]{1,14}$'),
    notes text,
    suspension_reason text,
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT student_suspension CHECK ((status = 'suspended') = (suspension_reason IS NOT NULL))
);
CREATE UNIQUE INDEX student_code ON students.students (student_code);
CREATE UNIQUE INDEX student_phone ON students.students (phone) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX student_email ON students.students (email) WHERE deleted_at IS NULL;
CREATE INDEX students_newest ON students.students (created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX students_of_library ON students.students (library_id) WHERE deleted_at IS NULL;
CREATE INDEX students_search ON students.students USING gin (search_text gin_trgm_ops) WHERE deleted_at IS NULL;

-- How many students there are, and the last code given. Its row lock makes the plan's limit hold under
-- concurrency and gives each student the next code.
CREATE TABLE students.totals (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT totals_only_row CHECK (only_row),
    students integer NOT NULL DEFAULT 0 CONSTRAINT totals_students CHECK (students >= 0),
    last_code integer NOT NULL DEFAULT 0
);
INSERT INTO students.totals DEFAULT VALUES;

GRANT USAGE ON SCHEMA students TO studyspot_app;
GRANT SELECT, INSERT, UPDATE ON students.students TO studyspot_app;
GRANT SELECT, UPDATE ON students.totals TO studyspot_app;
