-- What a library brings along from its old books was neither earned nor received here: this account is its other side.
ALTER TABLE payments.accounts DROP CONSTRAINT account_kind, ADD CONSTRAINT account_kind
    CHECK (kind IN ('asset', 'liability', 'income', 'expense', 'equity'));
INSERT INTO payments.accounts (name, kind) VALUES ('opening_balances', 'equity');

-- A bill that is reversed was not billed: only its entries are for a charge and not for what is open of it.
CREATE OR REPLACE FUNCTION payments.keep_billed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE payments.charges SET billed = billed - NEW.amount
    FROM payments.transactions t
    WHERE charges.id = NEW.charge_id AND t.id = NEW.transaction_id AND t.kind IN ('bill', 'reversal');
    RETURN NULL;
END $$;
