"""Whether a run's journal is the one that was written: its chain, and what others kept of its head."""

from titan_flow.workflow.audit.anchors import Anchor, by_copy, by_head
from titan_flow.workflow.audit.chain import Audited, Finding, audited

__all__ = ["Anchor", "Audited", "Finding", "audited", "by_copy", "by_head"]
