-- For the libraries room, which sells at another price to families, and to whom another student brought. Siblings have
-- the phone number of a parent, or of whoever stands in for one, in common: a warden's, say, makes nobody siblings.
CREATE VIEW students.family_phones AS
    SELECT student_id, phone FROM students.guardians
    WHERE deleted_at IS NULL AND relation NOT IN ('spouse', 'other')
    UNION ALL
    SELECT id, parent_phone FROM students.students WHERE parent_phone IS NOT NULL AND deleted_at IS NULL;

CREATE VIEW students.published_siblings AS
    SELECT a.student_id, b.student_id AS sibling_id
    FROM students.family_phones a JOIN students.family_phones b ON b.phone = a.phone AND b.student_id <> a.student_id;

CREATE VIEW students.published_referrals AS
    SELECT id AS referral_id, referrer_id, referred_id AS student_id, rewarded_at IS NOT NULL AS is_rewarded
    FROM students.referrals;

CREATE INDEX guardians_by_phone ON students.guardians (phone) WHERE deleted_at IS NULL;
CREATE INDEX students_by_parent_phone ON students.students (parent_phone) WHERE parent_phone IS NOT NULL;

GRANT SELECT ON students.published_siblings, students.published_referrals TO studyspot_app;
