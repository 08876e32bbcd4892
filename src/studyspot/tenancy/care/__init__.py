"""Looking after tenants' databases as wholes: backup, restore, move, export, drop. Each safe to run twice."""
