"""A miniature production to practise in: real git, real NATS, real processes; no Docker, no root."""
