-- Who has owed for more days than this is not let in. Without it everybody is, and the desk is told.
ALTER TABLE libraries.libraries
    ADD COLUMN overdue_days_max smallint CONSTRAINT library_overdue_days CHECK (overdue_days_max BETWEEN 0 AND 365);
