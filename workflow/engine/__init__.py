"""The engine: decide, perform, record. It knows no terminal and no exit code."""
