"""Specs: from YAML to a proved flow, and from a flow's arguments to the adapters' own."""

from titan_flow.workflow.spec.bind import bind, instance, misfits
from titan_flow.workflow.spec.load import load, loads
from titan_flow.workflow.spec.mistakes import Mistake, SpecError
from titan_flow.workflow.spec.model import Param, Spec, Target, ValueUse
from titan_flow.workflow.spec.params import looked_up, parameters
from titan_flow.workflow.spec.references import BindError, resolve

__all__ = [
    "BindError",
    "Mistake",
    "Param",
    "Spec",
    "SpecError",
    "Target",
    "ValueUse",
    "bind",
    "instance",
    "load",
    "loads",
    "looked_up",
    "misfits",
    "parameters",
    "resolve",
]
