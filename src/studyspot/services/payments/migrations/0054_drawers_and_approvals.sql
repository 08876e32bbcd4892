-- Who has a library's drawer, from one count of it to the next. What that person takes or pays out in cash meanwhile
-- stands in the ledger under the session; what the second count finds beyond that is the difference, and stands there too.
CREATE TABLE payments.drawer_sessions (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL CONSTRAINT session_library REFERENCES libraries.libraries (id),
    account_id uuid NOT NULL,
    day date NOT NULL,
    opening bigint NOT NULL CONSTRAINT session_opening CHECK (opening >= 0),
    opened_at timestamptz NOT NULL,
    expected bigint,
    counted bigint CONSTRAINT session_counted CHECK (counted >= 0),
    denominations jsonb NOT NULL DEFAULT '[]',
    explanation text CONSTRAINT session_explanation CHECK (length(explanation) BETWEEN 1 AND 200),
    closed_by uuid,
    closed_at timestamptz,
    CONSTRAINT session_of_library UNIQUE (id, library_id),
    CONSTRAINT session_closed CHECK (num_nonnulls(expected, counted, closed_by, closed_at) IN (0, 4)),
    CONSTRAINT session_explained CHECK (explanation IS NOT NULL OR expected = counted)
);
CREATE UNIQUE INDEX one_open_session ON payments.drawer_sessions (library_id, account_id) WHERE closed_at IS NULL;
CREATE INDEX sessions_by_time ON payments.drawer_sessions (library_id, opened_at DESC, id DESC);
CREATE INDEX sessions_by_day ON payments.drawer_sessions (library_id, day);
CREATE TRIGGER day_closed BEFORE INSERT ON payments.drawer_sessions
    FOR EACH ROW EXECUTE FUNCTION payments.check_day();
CREATE TRIGGER append_only BEFORE UPDATE ON payments.drawer_sessions
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION payments.refuse();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON payments.drawer_sessions
    FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse();

-- Cash goes between the drawer and the bank, or the owner's pocket.
INSERT INTO payments.accounts (name, kind) VALUES ('owner', 'equity');
ALTER TABLE payments.transactions
    ADD COLUMN drawer_session_id uuid,
    ADD CONSTRAINT transaction_session
        FOREIGN KEY (drawer_session_id, library_id) REFERENCES payments.drawer_sessions (id, library_id),
    DROP CONSTRAINT transaction_kind, ADD CONSTRAINT transaction_kind CHECK (kind IN ('bill', 'allocation', 'payment',
        'reversal', 'refund', 'waiver', 'difference', 'expense', 'settlement', 'transfer'));
CREATE INDEX transactions_of_session ON payments.transactions (drawer_session_id) WHERE drawer_session_id IS NOT NULL;
CREATE INDEX transfers_by_time ON payments.transactions (library_id, id DESC) WHERE kind = 'transfer';

-- Who closes a session waits for what is being written into it, and what comes after is refused.
CREATE FUNCTION payments.check_session() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    PERFORM FROM payments.drawer_sessions WHERE id = NEW.drawer_session_id AND closed_at IS NULL FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this drawer session is closed' USING ERRCODE = 'check_violation', CONSTRAINT = 'drawer_closed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER drawer_closed BEFORE INSERT ON payments.transactions
    FOR EACH ROW WHEN (NEW.drawer_session_id IS NOT NULL) EXECUTE FUNCTION payments.check_session();

-- What was counted is what the ledger says after the difference was written into it.
CREATE FUNCTION payments.check_count() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF NEW.counted - NEW.opening <> (
        SELECT coalesce(sum(e.amount), 0) FROM payments.transactions t
        JOIN payments.entries e ON e.transaction_id = t.id AND e.account = 'cash'
        WHERE t.drawer_session_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'what was counted is not in the ledger'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'session_in_balance';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER session_in_balance AFTER INSERT OR UPDATE ON payments.drawer_sessions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL)
    EXECUTE FUNCTION payments.check_count();

-- A day is not closed before the drawers of that day are. `sessions` says how much cash came in each of them.
ALTER TABLE payments.day_closes ADD COLUMN sessions jsonb NOT NULL DEFAULT '[]';
CREATE FUNCTION payments.check_drawers() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('payments.day ' || NEW.library_id, 0));
    IF EXISTS (
        SELECT FROM payments.drawer_sessions
        WHERE library_id = NEW.library_id AND day <= NEW.day AND closed_at IS NULL
    ) THEN
        RAISE EXCEPTION 'a drawer of this day is open' USING ERRCODE = 'check_violation', CONSTRAINT = 'drawer_open';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER drawer_open BEFORE INSERT ON payments.day_closes
    FOR EACH ROW EXECUTE FUNCTION payments.check_drawers();

GRANT SELECT, INSERT ON payments.drawer_sessions TO studyspot_app;
GRANT UPDATE (expected, counted, denominations, explanation, closed_by, closed_at)
    ON payments.drawer_sessions TO studyspot_app;

COMMENT ON TABLE payments.drawer_sessions IS 'Who had the drawer from when to when: cash expected and counted, in paise';

-- What somebody may not do alone: asked for, answered by another, and carried out once as it was asked for.
CREATE TABLE payments.approvals (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL CONSTRAINT approval_library REFERENCES libraries.libraries (id),
    student_id uuid CONSTRAINT approval_student REFERENCES students.students (id),
    kind text NOT NULL CONSTRAINT approval_kind
        CHECK (kind IN ('waiver', 'refund', 'payment', 'reversal', 'expense', 'outlay')),
    amount bigint NOT NULL CONSTRAINT approval_amount CHECK (amount > 0),
    asked jsonb NOT NULL,
    key text CONSTRAINT approval_key UNIQUE CONSTRAINT approval_key_length CHECK (length(key) <= 300),
    fingerprint bytea NOT NULL,
    asked_by uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CONSTRAINT approval_expires CHECK (expires_at > asked_at),
    status text NOT NULL DEFAULT 'asked'
        CONSTRAINT approval_status CHECK (status IN ('asked', 'approved', 'refused', 'used')),
    answered_by uuid,
    answered_at timestamptz,
    answer text CONSTRAINT approval_answer CHECK (length(answer) BETWEEN 1 AND 200),
    used_by uuid,
    used_at timestamptz,
    transaction_id uuid CONSTRAINT approval_used_once UNIQUE
        CONSTRAINT approval_transaction REFERENCES payments.transactions (id),
    CONSTRAINT approval_by_another CHECK (asked_by <> answered_by),
    CONSTRAINT approval_answered
        CHECK (num_nonnulls(answered_by, answered_at, answer) = CASE status WHEN 'asked' THEN 0 ELSE 3 END),
    CONSTRAINT approval_used
        CHECK (num_nonnulls(used_by, used_at, transaction_id) = CASE status WHEN 'used' THEN 3 ELSE 0 END)
);
CREATE INDEX approvals_by_time ON payments.approvals (asked_at DESC, id DESC);
CREATE TRIGGER approval_goes_on BEFORE UPDATE ON payments.approvals FOR EACH ROW WHEN (
    (OLD.status, NEW.status) NOT IN (('asked', 'approved'), ('asked', 'refused'), ('approved', 'used'))
    OR OLD.status = 'approved'
        AND (NEW.answered_by, NEW.answered_at, NEW.answer) IS DISTINCT FROM (OLD.answered_by, OLD.answered_at, OLD.answer)
) EXECUTE FUNCTION payments.refuse();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON payments.approvals
    FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse();

GRANT SELECT, INSERT ON payments.approvals TO studyspot_app;
GRANT UPDATE (status, answered_by, answered_at, answer, used_by, used_at, transaction_id)
    ON payments.approvals TO studyspot_app;

COMMENT ON TABLE payments.approvals IS 'What needed a second person: who asked, who answered, who carried it out';
COMMENT ON COLUMN payments.approvals.key IS 'Internal: the Idempotency-Key';
COMMENT ON COLUMN payments.approvals.fingerprint IS 'Internal: by which the same is known';
