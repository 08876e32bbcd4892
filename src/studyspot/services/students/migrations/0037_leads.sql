-- People who asked and are no students yet. One who asks again is the same lead while it is open.
CREATE TABLE students.leads (
    id uuid PRIMARY KEY,
    name text NOT NULL CONSTRAINT lead_name CHECK (length(name) BETWEEN 1 AND 100),
    phone text NOT NULL CONSTRAINT lead_phone_form CHECK (phone ~ '^\+[1-9][0-9]{1,14}$'),
    source text NOT NULL CONSTRAINT lead_source CHECK (source IN
        ('walk_in', 'phone', 'website', 'social', 'referral', 'event', 'other')),
    library_id uuid CONSTRAINT lead_library REFERENCES libraries.libraries (id),
    shift_id uuid CONSTRAINT lead_shift REFERENCES libraries.shifts (id),
    referrer_id uuid CONSTRAINT lead_referrer REFERENCES students.students (id),
    follow_up_on date,
    status text NOT NULL DEFAULT 'new'
        CONSTRAINT lead_status CHECK (status IN ('new', 'contacted', 'visited', 'converted', 'lost')),
    lost_reason text CONSTRAINT lead_lost_reason CHECK (length(lost_reason) BETWEEN 1 AND 500),
    assigned_to uuid,
    notes text CONSTRAINT lead_notes CHECK (length(notes) <= 1000),
    student_id uuid CONSTRAINT lead_student UNIQUE REFERENCES students.students (id),
    converted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    search_text text NOT NULL,
    CONSTRAINT lead_is_lost CHECK ((status = 'lost') = (lost_reason IS NOT NULL)),
    CONSTRAINT lead_is_converted CHECK ((status = 'converted') = (student_id IS NOT NULL)),
    CONSTRAINT lead_converted_at CHECK ((student_id IS NULL) = (converted_at IS NULL)),
    CONSTRAINT lead_shift_of_library CHECK (shift_id IS NULL OR library_id IS NOT NULL)
);
CREATE UNIQUE INDEX lead_phone ON students.leads (phone) WHERE status IN ('new', 'contacted', 'visited');
CREATE INDEX leads_newest ON students.leads (created_at DESC, id DESC);
CREATE INDEX leads_to_follow_up ON students.leads (follow_up_on) WHERE status IN ('new', 'contacted', 'visited');

GRANT SELECT, INSERT, UPDATE ON students.leads TO studyspot_app;

COMMENT ON TABLE students.leads IS 'People who asked, and what became of it';
COMMENT ON COLUMN students.leads.search_text IS 'Internal: what a search looks through';
