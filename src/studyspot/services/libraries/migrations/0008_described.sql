COMMENT ON TABLE libraries.libraries IS 'The libraries of this business, its branches';
