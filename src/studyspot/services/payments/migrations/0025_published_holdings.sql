-- For the students room, which removes nobody whose money is kept.
CREATE VIEW payments.published_holdings AS
    SELECT student_id, advance, deposit FROM payments.holdings WHERE advance > 0 OR deposit > 0;

GRANT SELECT ON payments.published_holdings TO studyspot_app;
