"""What a run would do, told before anything is done: collected by reading alone, rendered purely."""

from __future__ import annotations

from titan_flow.workflow.plan.collect import collect
from titan_flow.workflow.plan.digest import agrees, digests, short
from titan_flow.workflow.plan.document import document
from titan_flow.workflow.plan.model import Plan, PlannedStep
from titan_flow.workflow.plan.runbook import runbook
from titan_flow.workflow.plan.telling import summary, words

__all__ = ["Plan", "PlannedStep", "agrees", "collect", "digests", "document", "runbook", "short", "summary", "words"]
