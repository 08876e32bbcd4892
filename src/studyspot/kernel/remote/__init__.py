"""Doors between processes: a contract's calls as signed HTTP requests, with the same values and errors."""
