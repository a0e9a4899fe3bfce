from __future__ import annotations

import json
from pathlib import Path

from tests.command_line import typed

TINY = str(Path(__file__).with_name("tiny.yaml"))


def test_a_flow_whose_failure_edges_were_all_taken_exits_with_0() -> None:
    done = typed("simulate", TINY, "--runs", "3")
    assert done.returncode == 0, done.stdout
    assert "failure edges  4 of 4 taken" in done.stdout
    assert "sampled        3 pairs of faults, seed 0" in done.stdout
    assert done.stdout.endswith("0 violations of 9 rules\n")


def test_a_failure_edge_that_was_not_taken_exits_with_1() -> None:
    done = typed("simulate", TINY, "--seconds", "0s", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1 and not found["ok"] and not found["exhaustive"]
    assert {"name": "touch", "kind": "fails", "target": "Halted", "taken": False} in found["failure_edges"]
    assert found["ends"] == [{"state": "Done", "outcome": "reached", "runs": 1}]


def test_a_replay_prints_the_events_of_one_run() -> None:
    done = typed("simulate", TINY, "--replay", "0~look/1=fails")
    assert done.returncode == 0
    assert "SIM look ended" not in done.stdout
    assert done.stdout.endswith("Halted, halted\n")
    records = typed("simulate", TINY, "--replay", "0~look/1=fails", "--json").stdout.splitlines()
    assert json.loads(records[-1])["kind"] in ("run.ended", "notified")


def test_a_wrong_token_or_spec_exits_with_2(tmp_path: Path) -> None:
    done = typed("simulate", TINY, "--replay", "0~look/9=fails")
    assert done.returncode == 2 and "the flow has no step look/9" in done.stderr
    (tmp_path / "flow.yaml").write_text("flow: x\n")
    assert typed("simulate", str(tmp_path / "flow.yaml")).returncode == 2


def test_scenarios_beside_the_spec_count_and_go_to_junit(tmp_path: Path) -> None:
    spec, xml = tmp_path / "flow.yaml", tmp_path / "out.xml"
    spec.write_text(Path(TINY).read_text())
    beside = tmp_path / "flow.scenarios.yaml"
    beside.write_text("scenarios:\n  - {name: works, expect: {state: Done}}\n")
    done = typed("simulate", str(spec), "--runs", "0", "--junit", str(xml))
    assert done.returncode == 0 and "1 of 1 as expected" in done.stdout
    assert 'failures="0"' in xml.read_text()
    beside.write_text("scenarios:\n  - {name: breaks, given: {look: fails}, expect: {state: Done}}\n")
    done = typed("simulate", str(spec), "--runs", "0", "--junit", str(xml))
    assert done.returncode == 1
    assert (
        f"{beside}:2:5: scenario `breaks`: expected Done, came to Halted (halted): Ready → Touched → Halted"
        in done.stdout
    )
    assert 'failures="1"' in xml.read_text()
    beside.write_text("scenarios: 5\n")
    assert typed("simulate", str(spec)).returncode == 2
