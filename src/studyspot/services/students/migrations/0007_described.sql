-- For whoever opens an export. What begins with "Internal" is left out of it: see tenancy/care/exporting.py.
COMMENT ON TABLE students.students IS 'The students, those who were deleted too';
COMMENT ON COLUMN students.students.search_text IS 'Internal: what a search looks through';
COMMENT ON TABLE students.totals IS 'Internal: how many students there are and the last code given';
COMMENT ON TABLE students.goals IS 'What students study towards, as they wrote it themselves';
COMMENT ON TABLE students.privacy IS 'What students let others see of them';
