"""firewall: what ufw lets in, and what Docker publishes beside it."""
