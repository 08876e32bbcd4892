-- Somebody who asked to be forgotten, and is a member nowhere: what is left is the id that others name. Whoever names
-- an account as a member's says that it is not erased, so that neither comes about beside the other.
ALTER TABLE auth.accounts
    ADD COLUMN is_erased boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT account_of_member UNIQUE (id, is_erased),
    DROP CONSTRAINT account_reachable,
    ADD CONSTRAINT account_reachable CHECK (email IS NOT NULL OR phone IS NOT NULL OR is_erased),
    ADD CONSTRAINT account_erased CHECK (
        NOT is_erased OR (
            first_name = 'Erased account' AND NOT is_active AND num_nonnulls(
                email, phone, last_name, password_hash, email_verified_at, phone_verified_at
            ) = 0
        )
    );

GRANT DELETE ON auth.proved_addresses TO studyspot_app;

-- What the trail holds of such an account: who did what when stays, what it was about goes.
CREATE FUNCTION auth.forget_in_trail(account uuid) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    forgotten uuid[];
BEGIN
    IF NOT EXISTS (SELECT FROM auth.accounts WHERE id = account AND is_erased) THEN
        RAISE EXCEPTION 'this account is not erased' USING ERRCODE = 'check_violation', CONSTRAINT = 'trail_of_erased';
    END IF;
    WITH blanked AS (
        UPDATE audit.entries SET before = NULL, after = NULL
        WHERE entity IN ('account', 'member') AND entity_id = account AND num_nonnulls(before, after) > 0
        RETURNING id
    ) SELECT array_agg(id) INTO forgotten FROM blanked;
    PERFORM audit.forget(forgotten, account);
END $$;
REVOKE ALL ON FUNCTION auth.forget_in_trail FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.forget_in_trail TO studyspot_app;
