-- How long a member without a seat of their own may stay, each day.
ALTER TABLE bookings.terms
    ADD COLUMN hours_a_day smallint CONSTRAINT term_hours CHECK (hours_a_day BETWEEN 1 AND 24),
    ADD CONSTRAINT term_hours_of_unreserved CHECK (kind = 'unreserved' OR hours_a_day IS NULL);

-- On which seat they sat, and what gave it to them.
ALTER TABLE bookings.visits
    ADD COLUMN membership_id uuid CONSTRAINT visit_membership REFERENCES bookings.memberships (id),
    ADD COLUMN seat_id uuid CONSTRAINT visit_seat REFERENCES libraries.seats (id),
    ADD CONSTRAINT visit_for_one CHECK (num_nonnulls(booking_id, membership_id) <= 1);
UPDATE bookings.visits v SET seat_id = b.seat_id FROM bookings.bookings b WHERE b.id = v.booking_id;
CREATE INDEX visits_of_membership ON bookings.visits (membership_id, came_at) WHERE membership_id IS NOT NULL;

-- A chair that is lent for a visit.
ALTER TABLE bookings.occupancy ADD COLUMN visit_id uuid CONSTRAINT occupancy_visit REFERENCES bookings.visits (id);
CREATE UNIQUE INDEX occupancy_of_visit ON bookings.occupancy (visit_id);
