-- Back to exactly 5,000 students and no audit row; run before every measurement, since POST makes the table grow.
-- The sequence goes on, so that a request still under way cannot have taken a code of the new rows.
TRUNCATE peer.students, peer.audit;

INSERT INTO peer.students (
    first_name, last_name, email, phone, library_id, date_of_birth, gender, city, enrollment_date, created_at, updated_at
)
SELECT
    (ARRAY['Aarav', 'Priya', 'Rohan', 'Ananya', 'Vikram', 'Sneha', 'Arjun', 'Kavya'])[1 + n % 8],
    (ARRAY['Sharma', 'Verma', 'Iyer', 'Khan', 'Patel', 'Das', 'Reddy'])[1 + n % 7],
    'student' || n || '@example.com',
    '+91' || (9000000000 + n),
    CASE WHEN n % 10 > 0 THEN ('00000000-0000-7000-8000-' || lpad((n % 3)::text, 12, '0'))::uuid END,
    CASE WHEN n % 5 > 0 THEN date '2000-01-01' + n % 2500 END,
    (ARRAY['female', 'male', NULL])[1 + n % 3],
    (ARRAY['Kota', 'Jaipur', 'Pune', 'Indore', 'Patna'])[1 + n % 5],
    current_date - n % 365,
    now() - n * interval '1 minute',
    now() - n * interval '1 minute'
FROM generate_series(1, 5000) AS n;

VACUUM (ANALYZE) peer.students, peer.audit;
