"""Proofs: what must hold of a flow before anybody runs it. One file per property, named after it."""
