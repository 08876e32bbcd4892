-- Days that were given for nothing are worth nothing, whatever plan they are in.
ALTER TABLE bookings.terms
    ADD COLUMN is_free boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT term_free CHECK (NOT is_free OR price = 0);

-- What the hourly run of renewals looks for: usually there is nothing.
CREATE INDEX bills_unposted ON bookings.bills (membership_id) WHERE posted_at IS NULL;
