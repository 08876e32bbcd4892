-- For how long after its last day a membership keeps its seat, unless it is renewed.
ALTER TABLE libraries.fee_plans
    ADD COLUMN grace_days smallint NOT NULL DEFAULT 5 CONSTRAINT plan_grace CHECK (grace_days BETWEEN 0 AND 60);
