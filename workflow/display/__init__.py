"""What a run looks like while it moves, and when it has ended: one stream of records, two renderers."""
