-- What the hourly run of renewals looks for: usually there is nothing.
CREATE INDEX bills_unposted ON bookings.bills (membership_id) WHERE posted_at IS NULL;
