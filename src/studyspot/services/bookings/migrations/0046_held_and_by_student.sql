-- What has run out, and what a student has, is found without reading all that was ever taken: the one while a seat is
-- locked.
CREATE INDEX occupancy_held ON bookings.occupancy (held_until) WHERE held_until IS NOT NULL;
CREATE INDEX occupancy_of_student ON bookings.occupancy (student_id) WHERE student_id IS NOT NULL;
