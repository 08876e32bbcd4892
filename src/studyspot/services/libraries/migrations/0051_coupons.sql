-- Codes of the business that take something off. `plan_ids` and `library_ids` are those it is for; none: for all.
CREATE TABLE libraries.coupons (
    id uuid PRIMARY KEY,
    code text NOT NULL CONSTRAINT coupon_code_form CHECK (code ~ '^[A-Z0-9-]{3,20}$'),
    description text CONSTRAINT coupon_description CHECK (length(description) <= 1000),
    kind text NOT NULL CONSTRAINT coupon_kind CHECK (kind IN ('percentage', 'fixed')),
    value bigint NOT NULL CONSTRAINT coupon_value CHECK (value > 0),
    off_max bigint CONSTRAINT coupon_off_max CHECK (off_max > 0),
    valid_from date,
    valid_until date,
    plan_ids uuid[] NOT NULL,
    library_ids uuid[] NOT NULL,
    uses_max integer CONSTRAINT coupon_uses CHECK (uses_max > 0),
    uses_each integer NOT NULL CONSTRAINT coupon_uses_each CHECK (uses_each > 0),
    is_for_new boolean NOT NULL,
    is_active boolean NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT coupon_share CHECK (CASE kind WHEN 'percentage' THEN value <= 10000 ELSE off_max IS NULL END),
    CONSTRAINT coupon_days CHECK (valid_until >= valid_from)
);
CREATE UNIQUE INDEX coupon_code ON libraries.coupons (code) WHERE deleted_at IS NULL;
CREATE INDEX coupons_newest ON libraries.coupons (created_at DESC, id DESC);

-- For the bookings room, which counts the uses.
CREATE VIEW libraries.published_coupons AS
    SELECT id, code, uses_max, uses_each, is_for_new FROM libraries.coupons;

-- What else a plan takes off the fee: for a student whose sibling is a member, and for one whom another student brought,
-- who gets a reward for that, in paise.
ALTER TABLE libraries.fee_plans
    ADD COLUMN sibling_rate integer NOT NULL DEFAULT 0
        CONSTRAINT plan_sibling_rate CHECK (sibling_rate BETWEEN 0 AND 10000),
    ADD COLUMN welcome_rate integer NOT NULL DEFAULT 0
        CONSTRAINT plan_welcome_rate CHECK (welcome_rate BETWEEN 0 AND 10000),
    ADD COLUMN referral_reward bigint NOT NULL DEFAULT 0
        CONSTRAINT plan_referral_reward CHECK (referral_reward >= 0);

GRANT SELECT, INSERT, UPDATE ON libraries.coupons TO studyspot_app;
GRANT SELECT ON libraries.published_coupons TO studyspot_app;

COMMENT ON TABLE libraries.coupons IS 'Codes that take something off what a membership costs';
