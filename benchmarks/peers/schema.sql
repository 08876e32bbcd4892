-- The table both peers read and write; loaded into the tenant's database with psql or any client. PostgreSQL 18 (uuidv7).
DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;

CREATE SEQUENCE peer.student_number;

CREATE TABLE peer.students (
    id              uuid        NOT NULL DEFAULT uuidv7(),
    student_code    text        NOT NULL DEFAULT 'STU-' || lpad(nextval('peer.student_number')::text, 8, '0'),
    first_name      text        NOT NULL,
    last_name       text,
    email           text,
    phone           text,
    status          text        NOT NULL DEFAULT 'active',
    library_id      uuid,
    date_of_birth   date,
    gender          text,
    city            text,
    enrollment_date date        NOT NULL DEFAULT current_date,
    version         int         NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    deleted_at      timestamptz,
    CONSTRAINT students_pkey PRIMARY KEY (id),
    CONSTRAINT students_student_code_key UNIQUE (student_code),
    CONSTRAINT students_phone_key UNIQUE (phone)
);

-- Serves the page in its order. The count reads the table: at this size the planner finds that cheaper.
CREATE INDEX students_newest_first ON peer.students (created_at DESC, id DESC) WHERE deleted_at IS NULL;

CREATE TABLE peer.audit (
    id        bigserial   PRIMARY KEY,
    actor     text        NOT NULL,
    action    text        NOT NULL,
    entity_id uuid        NOT NULL,
    after     jsonb       NOT NULL,
    at        timestamptz NOT NULL DEFAULT now()
);
