"""Proofs: what must hold of a flow before anybody runs it. Each property is a small file, and finds counter-examples.

A property is a function from a `Graph` to faults; a fault says what is wrong, where in the spec, and the path on which
it goes wrong. Names are proved first: the other properties rely on them.
"""

from __future__ import annotations

from dataclasses import replace

from titan_flow.states.model import Flow
from titan_flow.states.proofs.armed_after_verification import armed_after_verification
from titan_flow.states.proofs.bounded_retries import patience_is_bounded
from titan_flow.states.proofs.deterministic import deterministic
from titan_flow.states.proofs.every_run_ends import every_run_ends
from titan_flow.states.proofs.failures_are_reported import failures_are_reported
from titan_flow.states.proofs.failures_have_edges import every_failure_has_an_edge
from titan_flow.states.proofs.gates import goals_only_through_gates
from titan_flow.states.proofs.graph import Graph
from titan_flow.states.proofs.interlock import interlock_is_kept
from titan_flow.states.proofs.names import names_are_known
from titan_flow.states.proofs.no_automatic_data_loss import no_automatic_data_loss
from titan_flow.states.proofs.reachable import everything_is_reached
from titan_flow.states.proofs.resumable import actions_are_resumable
from titan_flow.states.proofs.rollback_undoes import rollback_undoes
from titan_flow.states.proofs.unattended import unattended
from titan_flow.states.proofs.user_claims import claims_hold
from titan_flow.states.proofs.violation import Fault

PROPERTIES = (
    everything_is_reached,
    deterministic,
    every_failure_has_an_edge,
    every_run_ends,
    patience_is_bounded,
    goals_only_through_gates,
    armed_after_verification,
    no_automatic_data_loss,
    interlock_is_kept,
    failures_are_reported,
    rollback_undoes,
    actions_are_resumable,
    claims_hold,
    unattended,
)


def prove(flow: Flow) -> list[Fault]:
    """Every fault of a flow, in the order of the spec; none means that it is proved.

    A misspelt name is taken for the one that it resembles, so that one typo hides no other mistake; where nothing
    resembles it, only the names are reported.
    """
    faults, repaired = names_are_known(flow)
    if repaired is not None:
        graph = Graph.of(repaired)
        found = [fault for holds in PROPERTIES for fault in holds(graph)]
        faults += [replace(fault, involved=graph.involved(fault.path, fault.also)) for fault in found]
    return sorted(faults, key=lambda fault: (fault.place.line, fault.place.column) if fault.place else (0, 0))
