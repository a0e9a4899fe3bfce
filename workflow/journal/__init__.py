"""The journal: the append-only list of each run's events. Who may append next is decided by compare-and-set."""
