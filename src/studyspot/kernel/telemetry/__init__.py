"""What this process does, counted and timed: kept in plain numbers, read as Prometheus text or as JSON."""
