-- The last number that was given, in a row that is locked until the commit: no number is lost.
CREATE TABLE students.counters (name text PRIMARY KEY, last integer NOT NULL);
INSERT INTO students.counters (name, last) VALUES ('ticket', 0);

-- What people complain about. Until when they are to be answered and helped follows from priority and `counted_from`.
CREATE TABLE students.tickets (
    id uuid PRIMARY KEY,
    number integer NOT NULL CONSTRAINT ticket_number UNIQUE,
    library_id uuid NOT NULL CONSTRAINT ticket_library REFERENCES libraries.libraries (id),
    student_id uuid CONSTRAINT ticket_student REFERENCES students.students (id),
    title text NOT NULL CONSTRAINT ticket_title CHECK (length(title) BETWEEN 1 AND 200),
    description text NOT NULL CONSTRAINT ticket_description CHECK (length(description) BETWEEN 1 AND 2000),
    category text NOT NULL CONSTRAINT ticket_category CHECK (category IN ('cleanliness', 'noise', 'seat',
        'internet', 'electricity', 'facilities', 'payment', 'staff', 'other')),
    priority text NOT NULL CONSTRAINT ticket_priority CHECK (priority IN ('low', 'medium', 'high', 'critical')),
    status text NOT NULL DEFAULT 'open'
        CONSTRAINT ticket_status CHECK (status IN ('open', 'in_progress', 'resolved', 'closed')),
    assigned_to uuid,
    resolution text CONSTRAINT ticket_resolution CHECK (length(resolution) BETWEEN 1 AND 2000),
    counted_from timestamptz NOT NULL,
    respond_by timestamptz NOT NULL,
    resolve_by timestamptz NOT NULL,
    responded_at timestamptz,
    resolved_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    search_text text NOT NULL,
    CONSTRAINT ticket_is_resolved CHECK ((status IN ('resolved', 'closed')) = (resolved_at IS NOT NULL)),
    CONSTRAINT ticket_says_how CHECK ((resolved_at IS NULL) = (resolution IS NULL)),
    CONSTRAINT ticket_times CHECK (counted_from <= respond_by AND respond_by <= resolve_by)
);
CREATE INDEX tickets_newest ON students.tickets (created_at DESC, id DESC);
CREATE INDEX tickets_of_student ON students.tickets (student_id, created_at DESC, id DESC);
CREATE INDEX tickets_to_do ON students.tickets (library_id, resolve_by) WHERE status IN ('open', 'in_progress');

-- All that happened to a ticket and was said about it, which is only added to. What is internal, students do not see.
CREATE TABLE students.ticket_events (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL CONSTRAINT event_ticket REFERENCES students.tickets (id),
    kind text NOT NULL CONSTRAINT event_kind CHECK (kind IN
        ('opened', 'changed', 'commented', 'started', 'resolved', 'closed', 'reopened')),
    text text CONSTRAINT event_text CHECK (length(text) BETWEEN 1 AND 2000),
    is_internal boolean NOT NULL,
    account_id uuid,
    role text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX events_of_ticket ON students.ticket_events (ticket_id, id);

GRANT SELECT, UPDATE ON students.counters TO studyspot_app;
GRANT SELECT, INSERT ON students.tickets, students.ticket_events TO studyspot_app;
GRANT UPDATE (category, priority, status, assigned_to, resolution, counted_from, respond_by, resolve_by, responded_at,
    resolved_at, version, updated_at) ON students.tickets TO studyspot_app;

COMMENT ON TABLE students.counters IS 'Internal: the last number given';
COMMENT ON TABLE students.tickets IS 'What people complained about';
COMMENT ON COLUMN students.tickets.search_text IS 'Internal: what a search looks through';
COMMENT ON TABLE students.ticket_events IS 'What happened to complaints and was said about them';
