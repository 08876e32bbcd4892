-- What is taken off once, as it was when it was sold: by a coupon, or for a new student whom another one brought, who may
-- get a reward for that. The uses of a coupon are numbered, all of them and those of each student; one that is given back
-- has no number any more, which the next one may have. So the database counts them.
CREATE TABLE bookings.redemptions (
    id uuid PRIMARY KEY,
    membership_id uuid NOT NULL CONSTRAINT redemption_membership REFERENCES bookings.memberships (id),
    student_id uuid NOT NULL CONSTRAINT redemption_student REFERENCES students.students (id),
    coupon_id uuid CONSTRAINT redemption_coupon REFERENCES libraries.coupons (id),
    code text,
    amount bigint NOT NULL CONSTRAINT redemption_amount CHECK (amount >= 0),
    reward bigint NOT NULL DEFAULT 0 CONSTRAINT redemption_reward CHECK (reward >= 0),
    is_for_new boolean NOT NULL,
    uses_max integer,
    uses_each integer,
    number integer,
    own_number integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT redemption_of_coupon CHECK (num_nulls(coupon_id, code, uses_each) IN (0, 3)),
    CONSTRAINT redemption_counted CHECK (
        num_nulls(number, own_number) IN (0, 2) AND (number IS NULL OR coupon_id IS NOT NULL)
    ),
    CONSTRAINT redemption_uses CHECK (number BETWEEN 1 AND coalesce(uses_max, number)),
    CONSTRAINT redemption_own_uses CHECK (own_number BETWEEN 1 AND uses_each),
    CONSTRAINT redemption_number UNIQUE (coupon_id, number),
    CONSTRAINT redemption_own_number UNIQUE (coupon_id, student_id, own_number)
);
CREATE INDEX redemptions_of_membership ON bookings.redemptions (membership_id, id);
CREATE INDEX redemptions_with_reward ON bookings.redemptions (student_id) WHERE reward > 0;

-- For the libraries room: which uses of a coupon count. A draft's do until it runs out.
CREATE VIEW bookings.published_redemptions AS
    SELECT r.coupon_id, r.student_id, r.amount, m.held_until
    FROM bookings.redemptions r JOIN bookings.memberships m ON m.id = r.membership_id
    WHERE r.number IS NOT NULL;

-- For the libraries room: who is not new. What was cancelled before it began was nothing.
CREATE VIEW bookings.published_sales AS
    SELECT id AS membership_id, student_id FROM bookings.memberships
    WHERE status = 'sold' OR status = 'cancelled' AND ends_on >= starts_on;

GRANT SELECT, INSERT ON bookings.redemptions TO studyspot_app;
GRANT UPDATE (number, own_number) ON bookings.redemptions TO studyspot_app;
GRANT SELECT ON bookings.published_redemptions, bookings.published_sales TO studyspot_app;

COMMENT ON TABLE bookings.redemptions IS 'What coupons, and welcomes of students whom others brought, took off, in paise';
