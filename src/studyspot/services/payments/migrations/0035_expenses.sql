-- What a library spends, by what it is for; what it owes of that is payable.
INSERT INTO payments.accounts (name, kind) VALUES
    ('payable', 'liability'), ('rent', 'expense'), ('electricity', 'expense'), ('salaries', 'expense'),
    ('internet', 'expense'), ('cleaning', 'expense'), ('repairs', 'expense'), ('supplies', 'expense'),
    ('marketing', 'expense'), ('other_expenses', 'expense');

ALTER TABLE payments.transactions DROP CONSTRAINT transaction_kind, ADD CONSTRAINT transaction_kind CHECK (kind IN
    ('bill', 'allocation', 'payment', 'reversal', 'refund', 'waiver', 'difference', 'expense', 'settlement'));

-- Bills that others wrote to a library. The day of the bill and the note are its transaction's; one that is wrong is
-- reversed by another transaction. Nothing here ever changes.
CREATE TABLE payments.expenses (
    id uuid PRIMARY KEY,
    transaction_id uuid NOT NULL CONSTRAINT expense_transaction UNIQUE REFERENCES payments.transactions (id),
    library_id uuid NOT NULL CONSTRAINT expense_library REFERENCES libraries.libraries (id),
    category text NOT NULL CONSTRAINT expense_category CHECK (category IN ('rent', 'electricity', 'salary',
        'internet', 'cleaning', 'repairs', 'supplies', 'marketing', 'other')),
    amount bigint NOT NULL CONSTRAINT expense_amount CHECK (amount > 0),
    payee text CONSTRAINT expense_payee CHECK (length(payee) BETWEEN 1 AND 200)
);
CREATE INDEX expenses_of_library ON payments.expenses (library_id, id);

-- The money that went out for them, once for each; its day is its transaction's. Without one, it is still owed.
CREATE TABLE payments.settlements (
    expense_id uuid PRIMARY KEY CONSTRAINT settlement_expense REFERENCES payments.expenses (id),
    transaction_id uuid NOT NULL CONSTRAINT settlement_transaction UNIQUE REFERENCES payments.transactions (id),
    method text NOT NULL
        CONSTRAINT settlement_method CHECK (method IN ('cash', 'upi', 'cheque', 'bank_transfer')),
    reference text CONSTRAINT settlement_reference CHECK (length(reference) BETWEEN 1 AND 100),
    CONSTRAINT settlement_referenced CHECK ((method = 'cash') = (reference IS NULL))
);

-- Photos of the bill; the last one counts, the others stay.
CREATE TABLE payments.expense_files (
    expense_id uuid NOT NULL CONSTRAINT file_expense REFERENCES payments.expenses (id),
    position smallint NOT NULL CONSTRAINT file_position CHECK (position BETWEEN 1 AND 5),
    media_type text NOT NULL CONSTRAINT file_media_type CHECK (media_type IN
        ('application/pdf', 'image/jpeg', 'image/png', 'image/webp')),
    content bytea NOT NULL CONSTRAINT file_size CHECK (octet_length(content) BETWEEN 1 AND 5242880),
    account_id uuid,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (expense_id, position)
);
ALTER TABLE payments.expense_files ALTER COLUMN content SET STORAGE EXTERNAL;

GRANT SELECT, INSERT ON payments.expenses, payments.settlements, payments.expense_files TO studyspot_app;

COMMENT ON TABLE payments.expenses IS 'What the library spent, or owes, in paise; the day is in its transaction';
COMMENT ON TABLE payments.settlements IS 'How expenses were paid; the day is in its transaction';
COMMENT ON TABLE payments.expense_files IS 'Photos of bills: that there is one, and of what kind';
COMMENT ON COLUMN payments.expense_files.content IS 'Internal: the file itself, which the API hands out';
