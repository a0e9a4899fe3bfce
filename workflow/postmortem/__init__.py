"""The diagnostics bundle: what a failed run leaves in a folder beside the journal."""
