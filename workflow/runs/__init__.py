"""Finding a run, wherever it is recorded: in the journal here, or on its host."""
