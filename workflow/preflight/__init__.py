"""Pre-flight: every check of a flow's way to its first action, looked at all together, before anything acts."""
