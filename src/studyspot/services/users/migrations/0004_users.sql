CREATE SCHEMA users;

-- The operator's own staff.
CREATE TABLE users.platform_users (
    account_id uuid PRIMARY KEY REFERENCES auth.accounts (id),
    role text NOT NULL CONSTRAINT platform_role
        CHECK (role IN ('super_admin', 'admin', 'manager', 'support', 'analyst', 'sales', 'finance')),
    department text CONSTRAINT platform_department
        CHECK (department IN ('management', 'sales', 'finance', 'operations', 'hr', 'support')),
    permissions jsonb NOT NULL DEFAULT '{}',
    invited_as text, -- as with members
    is_active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);

-- Who may sign in to which business, and as what. `subject_id` is the student record of a student.
CREATE TABLE users.members (
    account_id uuid NOT NULL REFERENCES auth.accounts (id),
    tenant_id uuid NOT NULL REFERENCES tenancy.tenants (id),
    role text NOT NULL CONSTRAINT member_role CHECK (role IN ('owner', 'manager', 'staff', 'student')),
    staff_type text CONSTRAINT member_staff_type
        CHECK (staff_type IN ('manager', 'receptionist', 'attendance_staff', 'finance_staff', 'general')),
    subject_id uuid,
    invited_as text, -- the address of an account that was there before: it counts once that account proved it
    is_active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, tenant_id),
    CONSTRAINT member_subject CHECK ((role = 'student') = (subject_id IS NOT NULL))
);
CREATE UNIQUE INDEX member_of_student ON users.members (tenant_id, subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX members_of_tenant ON users.members (tenant_id, created_at DESC) WHERE role <> 'student';

-- Published for the auth room: where an account may act.
CREATE VIEW users.published_memberships AS
    SELECT account_id, NULL::uuid AS tenant_id, role, NULL::uuid AS subject_id, invited_as,
        permissions AS overrides, created_at
    FROM users.platform_users WHERE is_active AND deleted_at IS NULL
    UNION ALL
    SELECT account_id, tenant_id, role, subject_id, invited_as, '{}'::jsonb, created_at
    FROM users.members WHERE is_active;

GRANT USAGE ON SCHEMA users TO studyspot_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA users TO studyspot_app;
GRANT DELETE ON users.members TO studyspot_app;
