-- For the bookings room: how much of a bill came in as money. A deposit is kept, and may go back.
CREATE OR REPLACE VIEW payments.published_bills AS
    SELECT t.key, sum(c.billed)::bigint AS billed, sum(c.open)::bigint AS open,
        coalesce(sum(c.billed - c.open - c.waived) FILTER (WHERE c.kind <> 'deposit'), 0)::bigint AS paid
    FROM payments.transactions t JOIN payments.charges c ON c.transaction_id = t.id
    WHERE t.kind = 'bill' AND t.key IS NOT NULL
    GROUP BY t.key;
