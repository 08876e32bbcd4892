-- How a library stands with GST, from which day on. What was written before that day stays as it was written.
CREATE TABLE libraries.tax_registrations (
    id uuid PRIMARY KEY,
    library_id uuid NOT NULL CONSTRAINT registration_library REFERENCES libraries.libraries (id),
    from_on date NOT NULL,
    status text NOT NULL CONSTRAINT registration_status CHECK (status IN
        ('unregistered', 'composition', 'exempt', 'regular')),
    legal_name text CONSTRAINT registration_name CHECK (length(legal_name) BETWEEN 1 AND 100),
    gstin text CONSTRAINT registration_gstin CHECK (gstin ~ '^[0-9]{2}[A-Z0-9]{13}$'),
    state_code text NOT NULL CONSTRAINT registration_state CHECK (state_code ~ '^[0-9]{2}$'),
    sac text NOT NULL CONSTRAINT registration_sac CHECK (sac ~ '^99[0-9]{4}$'),
    tax_rate integer NOT NULL CONSTRAINT registration_rate CHECK (tax_rate BETWEEN 0 AND 10000),
    series text NOT NULL CONSTRAINT registration_series CHECK (series ~ '^[A-Z0-9]{0,3}$'),
    place_of_supply text NOT NULL CONSTRAINT registration_place CHECK (place_of_supply IN ('premises', 'recipient')),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT registered_from UNIQUE (library_id, from_on),
    CONSTRAINT registration_has_gstin CHECK (status IN ('unregistered', 'exempt') OR gstin IS NOT NULL),
    CONSTRAINT registration_in_state CHECK (left(gstin, 2) = state_code)
);

-- For the payments room, which writes papers by it.
CREATE VIEW libraries.published_registrations AS
    SELECT library_id, from_on, status, legal_name, gstin, state_code, sac, tax_rate, series, place_of_supply
    FROM libraries.tax_registrations;

GRANT SELECT, INSERT, DELETE ON libraries.tax_registrations TO studyspot_app;
GRANT SELECT ON libraries.published_registrations TO studyspot_app;

COMMENT ON TABLE libraries.tax_registrations IS 'How libraries stand with GST, from which day on';
