"""supervisor: the programs that a supervisord on the host keeps up."""
