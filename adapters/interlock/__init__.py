"""interlock: whether the system may act; disarm, arm, and what the services say of it."""
