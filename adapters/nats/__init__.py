"""nats: messages to the system and their replies."""
