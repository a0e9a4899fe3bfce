"""host: the machine itself."""
