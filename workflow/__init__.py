"""Everything that moves: loading, journal, engine, command line."""
