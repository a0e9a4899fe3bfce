"""Specs: from YAML to a proved flow, and from a flow's arguments to the adapters' own."""
