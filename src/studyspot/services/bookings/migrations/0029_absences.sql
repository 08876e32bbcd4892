-- Hours of a member that others may have, for the member said that they would not come, or did not. The membership goes
-- on; when its days are made anew, these are left out.
CREATE TABLE bookings.absences (
    id uuid PRIMARY KEY,
    membership_id uuid NOT NULL CONSTRAINT absence_membership REFERENCES bookings.memberships (id),
    during tstzrange NOT NULL CONSTRAINT absence_during
        CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    reason text NOT NULL CONSTRAINT absence_reason CHECK (reason IN ('declared', 'no_show')),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT absences_overlap EXCLUDE USING gist (membership_id WITH =, during WITH &&)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON bookings.absences TO studyspot_app;

COMMENT ON TABLE bookings.absences IS 'Hours of members that were given to others';
