"""Drawings of a flow, the path of a run, the difference between two flows. Meaning is in words, shapes and
line styles, never in colour alone.
"""
