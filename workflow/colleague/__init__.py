"""What the host knows, a colleague can know (law 12): runs that another laptop drove, read, compared and taken in."""
