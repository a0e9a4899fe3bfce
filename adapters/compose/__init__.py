"""compose: the services of a Docker Compose project."""
