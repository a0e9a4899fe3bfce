"""Which run is meant, and what a rollback can name: two hosts may have one flow, in one directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.specfiles import load
from tests.workflow.journal.sample import BEGAN, started
from titan_flow.states.run import fold
from titan_flow.workflow.errors import UserError
from titan_flow.workflow.journal.base import Journal
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.session.rollback_run import params_of
from titan_flow.workflow.session.session import Session, of_here
from titan_flow.workflow.session.unfinished import newest
from titan_flow.workflow.specfile.model import Spec


@pytest.fixture
def spec() -> Spec:
    return load(str(Path(__file__).parents[3] / "specs" / "titan.yaml"))


@pytest.fixture
def journal(tmp_path: Path, spec: Spec) -> Iterator[Journal]:
    """Staging's run is unfinished, and newer; then an emergency disarm was sent in production."""
    made = open_journal(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    made.append("PRODRN", 0, started(spec.flow.name, "prod"), BEGAN)
    made.append("STAGNG", 0, started(spec.flow.name, "staging"), BEGAN)
    disarm = started(spec.flow.name, "prod").model_copy(update={"purpose": "disarm", "params": {"reason": "odd fills"}})
    made.append("DISARM", 0, disarm, BEGAN)
    yield made
    made.close()


def test_only_runs_of_this_host_count(journal: Journal, spec: Spec) -> None:
    assert set(newest(journal, spec, "prod")) == {"PRODRN", "DISARM"}
    assert newest(journal, spec, "staging") == ["STAGNG"]
    assert set(newest(journal, spec)) == {"PRODRN", "STAGNG", "DISARM"}, "a host that has no name yet"


def test_another_hosts_run_is_not_driven_here(journal: Journal) -> None:
    of_here(journal.read("PRODRN"), "prod")
    with pytest.raises(UserError, match="run STAGNG belongs to another environment"):
        of_here(journal.read("STAGNG"), "prod")


def test_after_an_emergency_disarm_a_rollback_still_knows_its_parameters(journal: Journal, spec: Spec) -> None:
    session = cast(Session, SimpleNamespace(place=SimpleNamespace(spec=spec, environment="prod"), journal=journal))
    known = params_of(session, fold(journal.read("DISARM")))
    assert known["reason"] == "odd fills" and known["commit"] == started().params["commit"]
