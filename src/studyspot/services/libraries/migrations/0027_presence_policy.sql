-- Fair use of seats: for how many minutes a student may go out and keep theirs (nobody, when it is null), after
-- how many late returns in 30 days the desk lets them in instead of a code, and how many minutes after a shift
-- has begun the hours of a member who did not come can be sold. Without the last two it never happens.
ALTER TABLE libraries.libraries
    ADD COLUMN leave_minutes_max smallint DEFAULT 30
        CONSTRAINT library_leave_minutes CHECK (leave_minutes_max BETWEEN 5 AND 240),
    ADD COLUMN strikes_max smallint CONSTRAINT library_strikes CHECK (strikes_max BETWEEN 1 AND 100),
    ADD COLUMN no_show_minutes smallint CONSTRAINT library_no_show CHECK (no_show_minutes BETWEEN 15 AND 720);
