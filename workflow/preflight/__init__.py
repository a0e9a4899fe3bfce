"""Pre-flight: every check of a flow's way to its first action, looked at all together, before anything acts."""

from __future__ import annotations

from titan_flow.workflow.preflight.first import first
from titan_flow.workflow.preflight.looking import Checked, Preflight, inspect
from titan_flow.workflow.preflight.telling import document, words

__all__ = ["Checked", "Preflight", "document", "first", "inspect", "words"]
