-- For how many minutes an offer of the waitlist, and any draft of a membership, keeps its seat.
ALTER TABLE libraries.libraries
    ADD COLUMN hold_minutes smallint NOT NULL DEFAULT 30
        CONSTRAINT library_hold_minutes CHECK (hold_minutes BETWEEN 5 AND 1440);
