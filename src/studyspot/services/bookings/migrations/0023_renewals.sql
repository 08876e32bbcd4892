-- The next term of a membership, which becomes one when its bill is paid. `id` is that of the bill.
CREATE TABLE bookings.renewals (
    id uuid PRIMARY KEY CONSTRAINT renewal_bill REFERENCES bookings.bills (id),
    membership_id uuid NOT NULL CONSTRAINT renewal_membership REFERENCES bookings.memberships (id),
    term jsonb NOT NULL,
    starts_on date NOT NULL,
    late_fee bigint NOT NULL CONSTRAINT renewal_late_fee CHECK (late_fee >= 0),
    late_bill_id uuid CONSTRAINT renewal_late_bill REFERENCES bookings.bills (id),
    status text NOT NULL DEFAULT 'offered'
        CONSTRAINT renewal_status CHECK (status IN ('offered', 'renewed', 'lapsed')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX renewal_offered_once ON bookings.renewals (membership_id) WHERE status = 'offered';
CREATE INDEX renewals_of_membership ON bookings.renewals (membership_id, starts_on);
CREATE INDEX memberships_by_last_day ON bookings.memberships (ends_on) WHERE status = 'sold' AND renews;

GRANT SELECT, INSERT, UPDATE ON bookings.renewals TO studyspot_app;

COMMENT ON TABLE bookings.renewals IS 'Next terms that were offered to members: renewed when paid, lapsed when not';
