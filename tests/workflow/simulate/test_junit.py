from __future__ import annotations

from contextlib import closing
from xml.etree import ElementTree

from tests.workflow.simulate.flows import small
from titan_flow.states.model import SourceLocation
from titan_flow.workflow.simulate.explore import explored
from titan_flow.workflow.simulate.faults import Token
from titan_flow.workflow.simulate.junit import junit
from titan_flow.workflow.simulate.scenarios import Scenario, Verdict
from titan_flow.workflow.simulate.trip import Simulator


def test_ci_reads_each_failure_whatever_names_hold() -> None:
    with closing(Simulator(small())) as simulator:
        result = explored(simulator, 0, 0, 0.0)
    odd = Scenario('<&"\x1b', Token(), "Armed", None, None, SourceLocation(3, 5), "flow.scenarios.yaml")
    suite = ElementTree.fromstring(junit("flow.yaml", result, [Verdict(odd, 2.5, "expected <x>")]))
    cases = suite.findall("testcase")
    assert suite.get("tests") == str(len(cases)) == str(1 + len(result.edges) + 9)
    failed = [case for case in cases if case.find("failure") is not None]
    assert suite.get("failures") == str(len(failed)) == str(1 + len(result.missing))
    first = failed[0].find("failure")
    assert failed[0].get("name") == '<&"␛' and first is not None
    assert first.text == 'flow.scenarios.yaml:3:5: scenario `<&"·`: expected <x>'
