-- For the libraries room, which removes no library in whose drawer the books say there is money.
CREATE VIEW payments.published_cash AS
    SELECT t.library_id, sum(e.amount)::bigint AS amount
    FROM payments.transactions t JOIN payments.entries e ON e.transaction_id = t.id
    WHERE e.account = 'cash' GROUP BY t.library_id;

GRANT SELECT ON payments.published_cash TO studyspot_app;
