-- What memberships came to, frozen as it was sold, and handed to the payments room: once each, though it may be asked
-- again and again.
CREATE TABLE bookings.bills (
    id uuid PRIMARY KEY,
    membership_id uuid NOT NULL CONSTRAINT bill_membership REFERENCES bookings.memberships (id),
    bill jsonb NOT NULL,
    posted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX bills_of_membership ON bookings.bills (membership_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON bookings.bills TO studyspot_app;

COMMENT ON TABLE bookings.bills IS 'What memberships came to, as it was sold';
