"""Whether a run's journal is the one that was written: its chain, and what others kept of its head."""
