"""One file per command: what the command line does once it is parsed."""
