-- Methods of doors that the operator has switched off everywhere, each with what is said about it.
CREATE SCHEMA doors;

CREATE TABLE doors.switched_off (
    method text PRIMARY KEY CONSTRAINT switched_off_method CHECK (method ~ '^[A-Z][A-Za-z]+\.[a-z_]+$'),
    reason text NOT NULL CONSTRAINT switched_off_reason CHECK (length(reason) BETWEEN 1 AND 200),
    since timestamptz NOT NULL DEFAULT now()
);

GRANT USAGE ON SCHEMA doors TO studyspot_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON doors.switched_off TO studyspot_app;
