"""database: dumps and restores of PostgreSQL, on the host."""
