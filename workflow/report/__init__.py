"""One run as one page, for whoever reads it afterwards."""

from titan_flow.workflow.report.page import report

__all__ = ["report"]
