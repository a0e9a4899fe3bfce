"""http: what a client of the system sees."""
