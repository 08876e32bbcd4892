-- For the bookings room: how much of a bill that it posted is still to be paid. `key` is 'bill ' and its id.
CREATE VIEW payments.published_bills AS
    SELECT t.key, sum(c.billed)::bigint AS billed, sum(c.open)::bigint AS open
    FROM payments.transactions t JOIN payments.charges c ON c.transaction_id = t.id
    WHERE t.kind = 'bill' AND t.key IS NOT NULL
    GROUP BY t.key;
CREATE INDEX charges_of_transaction ON payments.charges (transaction_id);

GRANT SELECT ON payments.published_bills TO studyspot_app;
