"""Deadlines of the engine itself, in seconds, beside the patience of a spec. The proofs count with the same."""

LOOK = 60.0
"""in which one look is answered, its retries included, or is *unknown*; longer only where a check says so"""
ANSWER = 90.0
"""in which a host answers what became of an act, beyond the act's own time; then it is not known"""
EVERY = 2.0
"""between two samples of `steady`, at most"""
CONFIRM = 20.0
"""in which a disarm of ours is to be confirmed before a run parks, and the interlock seen when it ends"""

SILENCE = 20.0
"""in which a host notices that a driver's connection is gone"""
OVERDUE = 20.0
"""after its deadline a job has, until the host kills it"""
TRIES = 6
"""how often a host tries its fallback"""
PAUSE = 10.0
"""between two of those tries"""
