"""docker: the engine on the host."""
