-- An account that is erased is nobody's, and stays so.
ALTER TABLE users.members
    ADD COLUMN account_is_erased boolean NOT NULL DEFAULT false CONSTRAINT member_not_erased CHECK (NOT account_is_erased),
    DROP CONSTRAINT members_account_id_fkey,
    ADD CONSTRAINT member_account FOREIGN KEY (account_id, account_is_erased)
        REFERENCES auth.accounts (id, is_erased);
ALTER TABLE users.platform_users
    ADD COLUMN account_is_erased boolean NOT NULL DEFAULT false
        CONSTRAINT platform_user_not_erased CHECK (NOT account_is_erased),
    DROP CONSTRAINT platform_users_account_id_fkey,
    ADD CONSTRAINT platform_user_account FOREIGN KEY (account_id, account_is_erased)
        REFERENCES auth.accounts (id, is_erased);

-- As whom students signed in who do so no more: once they are forgotten, these accounts may have to be, too.
CREATE TABLE users.dismissed_students (
    tenant_id uuid NOT NULL REFERENCES tenancy.tenants (id),
    student_id uuid NOT NULL,
    account_id uuid NOT NULL REFERENCES auth.accounts (id),
    PRIMARY KEY (tenant_id, student_id, account_id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON users.dismissed_students TO studyspot_app;
