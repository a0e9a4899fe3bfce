"""What runs, whoever runs it: one shape for compose and supervisor."""
