-- Which student brought which. A reward is an amount that was let off a charge of the one who did; it is given once.
CREATE TABLE students.referrals (
    id uuid PRIMARY KEY,
    referrer_id uuid NOT NULL CONSTRAINT referral_referrer REFERENCES students.students (id),
    referred_id uuid NOT NULL CONSTRAINT referred_once UNIQUE
        CONSTRAINT referral_referred REFERENCES students.students (id),
    lead_id uuid CONSTRAINT referral_lead UNIQUE REFERENCES students.leads (id),
    reward bigint CONSTRAINT referral_reward CHECK (reward > 0),
    charge_id uuid CONSTRAINT referral_charge REFERENCES payments.charges (id),
    rewarded_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT referral_of_another CHECK (referrer_id <> referred_id),
    CONSTRAINT referral_is_rewarded CHECK (num_nulls(reward, charge_id, rewarded_at) IN (0, 3))
);
CREATE INDEX referrals_newest ON students.referrals (created_at DESC, id DESC);
CREATE INDEX referrals_of_student ON students.referrals (referrer_id);

GRANT SELECT, INSERT ON students.referrals TO studyspot_app;
GRANT UPDATE (reward, charge_id, rewarded_at) ON students.referrals TO studyspot_app;

COMMENT ON TABLE students.referrals IS 'Which student brought which, and the reward for it, in paise';
