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
