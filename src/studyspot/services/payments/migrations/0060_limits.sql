-- What one person gave away is counted by when it was written, in whichever library.
CREATE INDEX transactions_of_account ON payments.transactions (account_id, created_at)
    WHERE kind IN ('waiver', 'credit', 'refund', 'reversal', 'difference', 'settlement');

-- The number on the bank's slip, or of money that was paid back.
ALTER TABLE payments.transactions
    ADD COLUMN reference text,
    ADD CONSTRAINT transaction_reference
        CHECK (reference IS NULL OR kind IN ('transfer', 'refund') AND length(reference) BETWEEN 1 AND 100);

-- Without a list nobody compared the UPI payments. The next comparison begins where the last one ended.
ALTER TABLE payments.day_closes
    ALTER COLUMN upi_missing DROP NOT NULL,
    ALTER COLUMN upi_unknown DROP NOT NULL,
    DROP CONSTRAINT close_explained,
    ADD CONSTRAINT close_explained CHECK (explanation IS NOT NULL
        OR expected = counted AND coalesce(upi_missing, '[]') = '[]' AND coalesce(upi_unknown, '[]') = '[]'),
    ADD CONSTRAINT close_compared CHECK ((upi_missing IS NULL) = (upi_unknown IS NULL));

-- What the count before this one left in the drawer, where there was one.
ALTER TABLE payments.drawer_sessions ADD COLUMN opening_expected bigint;
