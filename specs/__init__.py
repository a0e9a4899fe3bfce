"""Flows as YAML, written to be read."""
