CREATE SCHEMA auth;

CREATE TABLE auth.accounts (
    id uuid PRIMARY KEY,
    email text CONSTRAINT account_email_lower CHECK (email = lower(email) AND length(email) <= 254),
    phone text CONSTRAINT account_phone_form CHECK (phone ~ '^\+[1-9][0-9]{1,14}$'),
    first_name text NOT NULL CONSTRAINT account_first_name CHECK (length(first_name) BETWEEN 1 AND 100),
    last_name text CONSTRAINT account_last_name CHECK (length(last_name) <= 100),
    password_hash text,
    email_verified_at timestamptz,
    phone_verified_at timestamptz,
    is_active boolean NOT NULL DEFAULT true,
    last_login_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT account_reachable CHECK (email IS NOT NULL OR phone IS NOT NULL)
);
CREATE UNIQUE INDEX account_email ON auth.accounts (email);
CREATE UNIQUE INDEX account_phone ON auth.accounts (phone);

-- Addresses that an account has proved to be its own by a code sent there, once and for all: an account can be
-- made with anybody's address, and an invitation is for whoever reads what is sent to it.
CREATE TABLE auth.proved_addresses (
    account_id uuid NOT NULL REFERENCES auth.accounts (id),
    address text NOT NULL,
    proved_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, address)
);

-- A session is one sign-in on one device; its refresh tokens form a chain, of which one at a time is unused.
CREATE TABLE auth.sessions (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES auth.accounts (id),
    tenant_id uuid REFERENCES tenancy.tenants (id),
    user_agent text CONSTRAINT session_user_agent CHECK (length(user_agent) <= 200),
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX sessions_of_account ON auth.sessions (account_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_ended ON auth.sessions (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE auth.refresh_tokens (
    token_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES auth.sessions (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE UNIQUE INDEX refresh_token_unused ON auth.refresh_tokens (session_id) WHERE used_at IS NULL;

CREATE TABLE auth.codes (
    account_id uuid NOT NULL REFERENCES auth.accounts (id),
    purpose text NOT NULL
        CONSTRAINT code_purpose CHECK (purpose IN ('verify_email', 'verify_phone', 'reset_password')),
    destination text NOT NULL,
    code_hash bytea NOT NULL,
    wrong_tries integer NOT NULL DEFAULT 0,
    sent_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    sent_in_window integer NOT NULL DEFAULT 1,
    window_started_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, purpose) -- sending again replaces the code before
);

-- Wrong passwords per identifier as it was typed (hashed), so that unknown accounts are slowed down alike.
CREATE TABLE auth.failed_sign_ins (
    identifier_hash bytea PRIMARY KEY,
    failures integer NOT NULL,
    blocked_until timestamptz,
    last_failure_at timestamptz NOT NULL
);

CREATE TABLE auth.signing_keys (
    id text PRIMARY KEY,
    private_key bytea NOT NULL, -- PKCS#8, encrypted with the platform's key
    public_key jsonb NOT NULL,
    active_from timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

GRANT USAGE ON SCHEMA auth TO studyspot_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA auth TO studyspot_app;
GRANT DELETE ON auth.sessions, auth.refresh_tokens, auth.codes, auth.failed_sign_ins, auth.signing_keys
    TO studyspot_app;
