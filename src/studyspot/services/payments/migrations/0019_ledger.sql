CREATE SCHEMA payments;

-- The chart of accounts. What a library owns and spends is positive, what it owes and earns negative.
CREATE TABLE payments.accounts (
    name text PRIMARY KEY,
    kind text NOT NULL CONSTRAINT account_kind CHECK (kind IN ('asset', 'liability', 'income', 'expense'))
);
INSERT INTO payments.accounts (name, kind) VALUES
    ('cash', 'asset'), ('upi', 'asset'), ('bank', 'asset'), ('cheques', 'asset'), ('receivable', 'asset'),
    ('advances', 'liability'), ('deposits', 'liability'), ('deposits_due', 'liability'), ('tax', 'liability'),
    ('fees', 'income'), ('registration', 'income'), ('late_fees', 'income'), ('fines', 'income'),
    ('other_income', 'income'), ('waivers', 'expense'), ('cash_difference', 'expense');

-- Days of a library that are closed, with what was counted. Nothing is written into them, or before them.
CREATE TABLE payments.day_closes (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL CONSTRAINT close_library REFERENCES libraries.libraries (id),
    day date NOT NULL,
    expected bigint NOT NULL,
    counted bigint NOT NULL CONSTRAINT close_counted CHECK (counted >= 0),
    explanation text,
    upi_missing jsonb NOT NULL,
    upi_unknown jsonb NOT NULL,
    account_id uuid,
    closed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT day_closed_once UNIQUE (library_id, day),
    CONSTRAINT close_explained CHECK (
        explanation IS NOT NULL OR (expected = counted AND upi_missing = '[]' AND upi_unknown = '[]')
    )
);

-- What happened. `key` is the caller's name for it: the same again is not done again.
CREATE TABLE payments.transactions (
    id uuid PRIMARY KEY,
    kind text NOT NULL CONSTRAINT transaction_kind CHECK (kind IN
        ('bill', 'allocation', 'payment', 'reversal', 'refund', 'waiver', 'difference')),
    library_id uuid NOT NULL CONSTRAINT transaction_library REFERENCES libraries.libraries (id),
    student_id uuid CONSTRAINT transaction_student REFERENCES students.students (id),
    membership_id uuid,
    day date NOT NULL,
    note text CONSTRAINT transaction_note CHECK (length(note) BETWEEN 1 AND 200),
    reverses uuid CONSTRAINT reversed_once UNIQUE
        CONSTRAINT transaction_reverses REFERENCES payments.transactions (id),
    key text CONSTRAINT transaction_key UNIQUE CONSTRAINT transaction_key_length CHECK (length(key) <= 300),
    fingerprint bytea,
    account_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT transaction_reversal CHECK ((kind = 'reversal') = (reverses IS NOT NULL))
);
CREATE INDEX transactions_by_day ON payments.transactions (library_id, day);
CREATE INDEX transactions_of_student ON payments.transactions (student_id, created_at DESC, id DESC);

-- What a student owes. `open` is still to be paid, `waived` was let off, `billed` is what it came to after credits: all
-- three are kept by the entries alone.
CREATE TABLE payments.charges (
    id uuid PRIMARY KEY,
    transaction_id uuid NOT NULL CONSTRAINT charge_transaction REFERENCES payments.transactions (id),
    library_id uuid NOT NULL CONSTRAINT charge_library REFERENCES libraries.libraries (id),
    student_id uuid NOT NULL CONSTRAINT charge_student REFERENCES students.students (id),
    membership_id uuid,
    kind text NOT NULL CONSTRAINT charge_kind CHECK (kind IN
        ('fee', 'registration', 'deposit', 'late_fee', 'fine', 'other')),
    label text NOT NULL CONSTRAINT charge_label CHECK (length(label) BETWEEN 1 AND 200),
    amount bigint NOT NULL CONSTRAINT charge_amount CHECK (amount > 0),
    tax bigint NOT NULL CONSTRAINT charge_tax CHECK (tax BETWEEN 0 AND amount),
    due_on date NOT NULL,
    period_from date,
    period_until date,
    open bigint NOT NULL DEFAULT 0,
    waived bigint NOT NULL DEFAULT 0,
    billed bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT charge_open CHECK (open BETWEEN 0 AND amount),
    CONSTRAINT charge_waived CHECK (waived BETWEEN 0 AND amount),
    CONSTRAINT charge_billed CHECK (billed BETWEEN 0 AND amount)
);
CREATE INDEX charges_of_student ON payments.charges (student_id, due_on, id);
CREATE INDEX charges_open ON payments.charges (library_id, student_id, due_on) WHERE open > 0;
CREATE INDEX charges_of_membership ON payments.charges (membership_id) WHERE membership_id IS NOT NULL;

-- What a library keeps for a student: paid ahead, and deposits. Kept by the entries alone.
CREATE TABLE payments.holdings (
    student_id uuid PRIMARY KEY CONSTRAINT holding_student REFERENCES students.students (id),
    advance bigint NOT NULL DEFAULT 0 CONSTRAINT advance_held CHECK (advance >= 0),
    deposit bigint NOT NULL DEFAULT 0 CONSTRAINT deposit_held CHECK (deposit >= 0)
);

-- The two sides of each transaction. Debits are positive, credits negative, and they are nothing together.
CREATE TABLE payments.entries (
    transaction_id uuid NOT NULL CONSTRAINT entry_transaction REFERENCES payments.transactions (id),
    position smallint NOT NULL,
    account text NOT NULL CONSTRAINT entry_account REFERENCES payments.accounts (name),
    amount bigint NOT NULL CONSTRAINT entry_amount CHECK (amount <> 0),
    charge_id uuid CONSTRAINT entry_charge REFERENCES payments.charges (id),
    student_id uuid CONSTRAINT entry_student REFERENCES students.students (id),
    PRIMARY KEY (transaction_id, position),
    CONSTRAINT entry_of_charge CHECK (account <> 'receivable' OR charge_id IS NOT NULL),
    CONSTRAINT entry_of_student CHECK ((account IN ('advances', 'deposits')) = (student_id IS NOT NULL))
);
CREATE INDEX entries_of_charge ON payments.entries (charge_id) WHERE charge_id IS NOT NULL;

-- Money that came in. `reversed_by` is the only thing that ever changes.
CREATE TABLE payments.payments (
    id uuid PRIMARY KEY,
    number integer NOT NULL CONSTRAINT payment_number UNIQUE,
    transaction_id uuid NOT NULL CONSTRAINT payment_transaction UNIQUE REFERENCES payments.transactions (id),
    library_id uuid NOT NULL CONSTRAINT payment_library REFERENCES libraries.libraries (id),
    student_id uuid NOT NULL CONSTRAINT payment_student REFERENCES students.students (id),
    method text NOT NULL CONSTRAINT payment_method CHECK (method IN ('cash', 'upi', 'cheque', 'bank_transfer')),
    reference text CONSTRAINT payment_reference CHECK (length(reference) BETWEEN 1 AND 100),
    amount bigint NOT NULL CONSTRAINT payment_amount CHECK (amount > 0),
    received_at timestamptz NOT NULL,
    reversed_by uuid CONSTRAINT payment_reversed REFERENCES payments.transactions (id),
    CONSTRAINT payment_referenced CHECK ((method = 'cash') = (reference IS NULL))
);
CREATE UNIQUE INDEX upi_reference ON payments.payments (reference) WHERE method = 'upi' AND reversed_by IS NULL;
CREATE INDEX payments_by_time ON payments.payments (received_at DESC, id DESC);
CREATE INDEX payments_of_student ON payments.payments (student_id, received_at DESC, id DESC);
CREATE INDEX payments_of_library ON payments.payments (library_id, received_at DESC, id DESC);

-- The last number that was given, in a row that is locked until the commit: no number is lost.
CREATE TABLE payments.counters (name text PRIMARY KEY, last integer NOT NULL);
INSERT INTO payments.counters (name, last) VALUES ('payment', 0);

CREATE FUNCTION payments.keep_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF NEW.account = 'receivable' THEN
        UPDATE payments.charges SET open = open + NEW.amount WHERE id = NEW.charge_id;
    ELSIF NEW.account = 'waivers' THEN
        UPDATE payments.charges SET waived = waived + NEW.amount WHERE id = NEW.charge_id;
    ELSIF NEW.account IN ('advances', 'deposits') THEN
        INSERT INTO payments.holdings (student_id) VALUES (NEW.student_id) ON CONFLICT DO NOTHING;
        UPDATE payments.holdings SET
            advance = advance - CASE WHEN NEW.account = 'advances' THEN NEW.amount ELSE 0 END,
            deposit = deposit - CASE WHEN NEW.account = 'deposits' THEN NEW.amount ELSE 0 END
        WHERE student_id = NEW.student_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_balances AFTER INSERT ON payments.entries
    FOR EACH ROW EXECUTE FUNCTION payments.keep_balances();

-- What was billed changes with a bill or a credit, not with a payment: the kind of the transaction tells.
CREATE FUNCTION payments.keep_billed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE payments.charges SET billed = billed - NEW.amount
    FROM payments.transactions t
    WHERE charges.id = NEW.charge_id AND t.id = NEW.transaction_id AND t.kind = 'bill';
    RETURN NULL;
END $$;
CREATE TRIGGER keep_billed AFTER INSERT ON payments.entries FOR EACH ROW
    WHEN (NEW.charge_id IS NOT NULL AND NEW.account NOT IN ('receivable', 'waivers'))
    EXECUTE FUNCTION payments.keep_billed();

CREATE FUNCTION payments.check_balance() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF (SELECT sum(amount) FROM payments.entries WHERE transaction_id = NEW.transaction_id) <> 0 THEN
        RAISE EXCEPTION 'the entries of a transaction are not in balance'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balance';
    ELSIF EXISTS (SELECT FROM payments.charges WHERE id = NEW.charge_id AND open + waived > billed) THEN
        RAISE EXCEPTION 'more is open than was billed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'charge_in_balance';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_balance AFTER INSERT ON payments.entries DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION payments.check_balance();

CREATE FUNCTION payments.check_day() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('payments.day ' || NEW.library_id, 0));
    IF NEW.day <= (SELECT max(day) FROM payments.day_closes WHERE library_id = NEW.library_id) THEN
        RAISE EXCEPTION 'this day is closed' USING ERRCODE = 'check_violation', CONSTRAINT = 'day_closed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER day_closed BEFORE INSERT ON payments.transactions
    FOR EACH ROW EXECUTE FUNCTION payments.check_day();

CREATE FUNCTION payments.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is only added to' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_append_only';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments.entries
    FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments.transactions
    FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse();

-- For the bookings room: what is still to be paid, and since when.
CREATE VIEW payments.published_dues AS
    SELECT student_id, library_id, membership_id, transaction_id AS bill_id, due_on, open FROM payments.charges
    WHERE open > 0;

GRANT USAGE ON SCHEMA payments TO studyspot_app;
GRANT SELECT ON payments.accounts, payments.holdings, payments.published_dues TO studyspot_app;
GRANT SELECT, INSERT ON payments.transactions, payments.entries, payments.day_closes TO studyspot_app;
GRANT SELECT, INSERT ON payments.charges, payments.payments TO studyspot_app;
GRANT UPDATE (reversed_by) ON payments.payments TO studyspot_app;
GRANT SELECT, UPDATE ON payments.counters TO studyspot_app;

COMMENT ON TABLE payments.accounts IS 'The chart of accounts';
COMMENT ON TABLE payments.day_closes IS 'Days that are closed: cash expected and counted, UPI references that differ';
COMMENT ON TABLE payments.transactions IS 'What happened in the ledger';
COMMENT ON TABLE payments.charges IS 'What students owe, in paise';
COMMENT ON TABLE payments.holdings IS 'What is kept for students: advances and deposits, in paise';
COMMENT ON TABLE payments.entries IS 'The two sides of each transaction, in paise';
COMMENT ON TABLE payments.payments IS 'Money that came in, in paise';
COMMENT ON TABLE payments.counters IS 'Internal: the last number given';
