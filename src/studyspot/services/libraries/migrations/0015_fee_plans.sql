-- What a library sells, and for how much. Amounts are whole paise, rates hundredths of a percent.
CREATE TABLE libraries.fee_plans (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL CONSTRAINT plan_library REFERENCES libraries.libraries (id),
    name text NOT NULL CONSTRAINT plan_name_length CHECK (length(name) BETWEEN 1 AND 100),
    description text,
    kind text NOT NULL CONSTRAINT plan_kind CHECK (kind IN ('reserved', 'unreserved')),
    period text NOT NULL CONSTRAINT plan_period
        CHECK (period IN ('hourly', 'daily', 'weekly', 'monthly', 'quarterly', 'half_yearly', 'annual')),
    hours_a_day smallint CONSTRAINT plan_hours CHECK (hours_a_day BETWEEN 1 AND 24),
    price bigint NOT NULL CONSTRAINT plan_price CHECK (price >= 0),
    registration_fee bigint NOT NULL CONSTRAINT plan_registration CHECK (registration_fee >= 0),
    deposit bigint NOT NULL CONSTRAINT plan_deposit CHECK (deposit >= 0),
    late_fee bigint NOT NULL CONSTRAINT plan_late_fee CHECK (late_fee >= 0),
    tax_rate smallint NOT NULL CONSTRAINT plan_tax_rate CHECK (tax_rate BETWEEN 0 AND 10000),
    is_tax_included boolean NOT NULL,
    discount jsonb,
    is_active boolean NOT NULL,
    is_popular boolean NOT NULL,
    features text[] NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT plan_hours_of_unreserved CHECK (kind = 'unreserved' OR hours_a_day IS NULL)
);
CREATE UNIQUE INDEX plan_name ON libraries.fee_plans (library_id, lower(name)) WHERE deleted_at IS NULL;

-- What a shift costs instead of the plan's own price.
CREATE TABLE libraries.plan_shift_prices (
    plan_id uuid NOT NULL REFERENCES libraries.fee_plans (id),
    shift_id uuid NOT NULL CONSTRAINT plan_shift REFERENCES libraries.shifts (id),
    price bigint NOT NULL CONSTRAINT plan_shift_price CHECK (price >= 0),
    PRIMARY KEY (plan_id, shift_id)
);

-- What a seat in a zone costs besides.
CREATE TABLE libraries.plan_zone_prices (
    plan_id uuid NOT NULL REFERENCES libraries.fee_plans (id),
    zone_id uuid NOT NULL CONSTRAINT plan_zone REFERENCES libraries.zones (id),
    extra bigint NOT NULL CONSTRAINT plan_zone_extra CHECK (extra >= 0),
    PRIMARY KEY (plan_id, zone_id)
);

GRANT SELECT, INSERT, UPDATE ON libraries.fee_plans TO studyspot_app;
GRANT SELECT, INSERT, DELETE ON libraries.plan_shift_prices, libraries.plan_zone_prices TO studyspot_app;

COMMENT ON TABLE libraries.fee_plans IS 'What libraries sell, and for how many paise';
COMMENT ON TABLE libraries.plan_shift_prices IS 'What a shift costs instead of the plan''s own price';
COMMENT ON TABLE libraries.plan_zone_prices IS 'What a seat in a zone costs besides';
