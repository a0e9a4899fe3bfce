"""What can go wrong with a sandbox, in one line."""


class SandboxError(Exception):
    """The text says what, and what to type."""
