"""A first spec from a compose project: what its file says, and what only a person can say, marked EDIT."""
