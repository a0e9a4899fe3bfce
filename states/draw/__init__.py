"""Drawings of a flow, of the path that a run took, of the difference between two flows. Meaning is in words, shapes and
line styles, never in colour alone.
"""
