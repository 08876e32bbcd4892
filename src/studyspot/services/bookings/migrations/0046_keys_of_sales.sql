-- The caller's own name for a sale: the same again is answered again, and not sold again.
ALTER TABLE bookings.memberships
    ADD COLUMN key text CONSTRAINT membership_key UNIQUE
        CONSTRAINT membership_key_length CHECK (length(key) <= 300),
    ADD COLUMN fingerprint bytea,
    ADD CONSTRAINT membership_fingerprint CHECK ((key IS NULL) = (fingerprint IS NULL));
