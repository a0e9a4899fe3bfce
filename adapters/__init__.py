"""One module for each outside thing: what it can check, what it can do."""
