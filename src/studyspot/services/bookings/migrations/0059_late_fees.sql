-- A late fee is taxed as what it is late with (CGST Act 2017, s. 15(2)(d)), and nobody is late with what he was
-- billed for a moment ago.
ALTER TABLE bookings.renewals
    ADD COLUMN late_tax bigint NOT NULL DEFAULT 0
        CONSTRAINT renewal_late_tax CHECK (late_tax BETWEEN 0 AND late_fee),
    ADD COLUMN late_from date NOT NULL DEFAULT current_date + 2;

COMMENT ON COLUMN bookings.renewals.late_tax IS 'Paise, a part of late_fee';
COMMENT ON COLUMN bookings.renewals.late_from IS 'Who has not paid before this day owes the late fee';
