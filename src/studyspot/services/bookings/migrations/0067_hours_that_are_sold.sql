-- Bookings in an hourly plan: what they cost stays as it was sold. The caller's own name for one: the same again is
-- answered again, and not booked again.
ALTER TABLE bookings.bookings
    ADD COLUMN plan_id uuid CONSTRAINT booking_plan REFERENCES libraries.fee_plans (id),
    ADD COLUMN price bigint NOT NULL DEFAULT 0 CONSTRAINT booking_price CHECK (price >= 0),
    ADD COLUMN tax bigint NOT NULL DEFAULT 0 CONSTRAINT booking_tax CHECK (tax BETWEEN 0 AND price),
    ADD COLUMN key text CONSTRAINT booking_key UNIQUE
        CONSTRAINT booking_key_length CHECK (length(key) <= 300),
    ADD COLUMN fingerprint bytea,
    ADD CONSTRAINT booking_fingerprint CHECK ((key IS NULL) = (fingerprint IS NULL)),
    ADD CONSTRAINT booking_sold CHECK (price = 0 OR plan_id IS NOT NULL);

-- A bill is for a membership or for a booking.
ALTER TABLE bookings.bills
    ALTER COLUMN membership_id DROP NOT NULL,
    ADD COLUMN booking_id uuid CONSTRAINT bill_booking REFERENCES bookings.bookings (id),
    ADD CONSTRAINT bill_of_one CHECK (num_nonnulls(membership_id, booking_id) = 1);
CREATE INDEX bills_of_booking ON bookings.bills (booking_id) WHERE booking_id IS NOT NULL;

-- Who moves after a booking has begun had one seat until then, and has another from then on.
DROP INDEX bookings.occupancy_of_booking;
CREATE INDEX occupancy_of_booking ON bookings.occupancy (booking_id) WHERE booking_id IS NOT NULL;

COMMENT ON COLUMN bookings.bookings.price IS 'Paise, with tax';
COMMENT ON COLUMN bookings.bookings.tax IS 'Paise, a part of price';
COMMENT ON TABLE bookings.bills IS 'What memberships and bookings came to, as it was sold';
