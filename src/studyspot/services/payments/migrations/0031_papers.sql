-- Papers that a library gave out: receipts, and what GST asks for. They stay as they were written.
CREATE TABLE payments.papers (
    id uuid PRIMARY KEY,
    kind text NOT NULL CONSTRAINT paper_kind CHECK (kind IN
        ('receipt', 'bill_of_supply', 'tax_invoice', 'receipt_voucher', 'refund_voucher', 'credit_note')),
    number text NOT NULL CONSTRAINT paper_number UNIQUE
        CONSTRAINT paper_number_short CHECK (number ~ '^[A-Z0-9/-]{1,16}$'),
    transaction_id uuid NOT NULL CONSTRAINT paper_transaction REFERENCES payments.transactions (id),
    library_id uuid NOT NULL CONSTRAINT paper_library REFERENCES libraries.libraries (id),
    student_id uuid NOT NULL CONSTRAINT paper_student REFERENCES students.students (id),
    day date NOT NULL,
    supplier jsonb NOT NULL,
    recipient jsonb NOT NULL,
    place_of_supply text,
    lines jsonb NOT NULL,
    refers_to text[] NOT NULL,
    note text,
    taxable bigint NOT NULL,
    cgst bigint NOT NULL,
    sgst bigint NOT NULL,
    igst bigint NOT NULL,
    total bigint NOT NULL CONSTRAINT paper_total CHECK (total > 0 AND total = taxable + cgst + sgst + igst),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT paper_once UNIQUE (transaction_id, kind)
);
CREATE INDEX papers_by_day ON payments.papers (day DESC, id DESC);
CREATE INDEX papers_of_student ON payments.papers (student_id, day DESC, id DESC);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments.papers
    FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse();

GRANT SELECT, INSERT ON payments.papers TO studyspot_app;
GRANT INSERT ON payments.counters TO studyspot_app;

COMMENT ON TABLE payments.papers IS 'Receipts, invoices, vouchers and notes as they were given out, in paise';
