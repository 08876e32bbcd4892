-- A charge that was written by hand and is wrong is credited: it lowers what was billed, as a bill's credits do. A
-- deposit is used for what its student owes.
ALTER TABLE payments.transactions DROP CONSTRAINT transaction_kind, ADD CONSTRAINT transaction_kind CHECK (kind IN
    ('bill', 'allocation', 'payment', 'reversal', 'refund', 'waiver', 'difference', 'expense', 'settlement', 'transfer',
    'credit', 'deposit_use'));
ALTER TABLE payments.approvals DROP CONSTRAINT approval_kind, ADD CONSTRAINT approval_kind
    CHECK (kind IN ('waiver', 'credit', 'refund', 'payment', 'reversal', 'expense', 'outlay'));
CREATE OR REPLACE FUNCTION payments.keep_billed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE payments.charges SET billed = billed - NEW.amount
    FROM payments.transactions t
    WHERE charges.id = NEW.charge_id AND t.id = NEW.transaction_id AND t.kind IN ('bill', 'reversal', 'credit');
    RETURN NULL;
END $$;

-- Money that was paid back, but not in cash, by its number at the bank.
CREATE TABLE payments.refunds (
    transaction_id uuid PRIMARY KEY CONSTRAINT refund_transaction REFERENCES payments.transactions (id),
    reference text NOT NULL CONSTRAINT refund_reference CHECK (length(reference) BETWEEN 1 AND 100)
);
GRANT SELECT, INSERT ON payments.refunds TO studyspot_app;

COMMENT ON TABLE payments.refunds IS 'References of money that was paid back; all else is in its transaction';
