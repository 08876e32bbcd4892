-- What students keep for themselves: what they study towards, and what others may see of them.
CREATE TABLE students.goals (
    id uuid PRIMARY KEY,
    student_id uuid NOT NULL REFERENCES students.students (id),
    goal text NOT NULL CONSTRAINT goal_text CHECK (length(goal) BETWEEN 1 AND 500),
    target_date date,
    priority text NOT NULL CONSTRAINT goal_priority CHECK (priority IN ('low', 'medium', 'high')),
    status text NOT NULL CONSTRAINT goal_status CHECK (status IN ('active', 'completed', 'cancelled')),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX goals_of_student ON students.goals (student_id, created_at, id);

CREATE TABLE students.privacy (
    student_id uuid PRIMARY KEY REFERENCES students.students (id),
    profile_visibility text NOT NULL
        CONSTRAINT privacy_visibility CHECK (profile_visibility IN ('public', 'private', 'friends')),
    show_email boolean NOT NULL,
    show_phone boolean NOT NULL,
    show_location boolean NOT NULL,
    allow_data_sharing boolean NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, UPDATE, DELETE ON students.goals TO studyspot_app;
GRANT SELECT, INSERT, UPDATE ON students.privacy TO studyspot_app;
