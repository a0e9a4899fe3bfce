"""The simulator: the real engine runs a flow against a world that is derived from its spec."""
