"""The machine as data: flows, runs, proofs and drawings. Pure: no I/O, no clock."""
