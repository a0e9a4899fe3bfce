"""The rendered file: names, images and dependencies are read, and nothing else."""

from __future__ import annotations

import pytest

from tests.adapters.compose.titan import HASH
from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.pull import pulled
from titan_flow.adapters.compose.rendering import Service, read_rendered
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.site import Site


async def test_of_a_rendered_file_only_names_and_images_leave_the_host(site: Site) -> None:
    answer = await site.run(questions.rendered(site.block(Compose)))
    assert "hunter2" not in answer.out and "TOKEN" not in answer.out and "traefik" not in answer.out
    rendered = read_rendered(answer.out)
    assert (rendered.project, list(rendered.services)) == ("dep", ["mig", "we.b-1", "db"])
    one, two, three = (f"{n:064d}" for n in (1, 2, 3))
    assert rendered.services["mig"] == Service("registry.test:5000/app:v1", one, once=True)
    needs = {"db": "service_healthy", "mig": "service_completed_successfully"}
    assert rendered.services["we.b-1"] == Service(None, two, built=True, pull_policy="build", needs=needs)
    assert rendered.services["db"] == Service("postgres:16", three)
    assert rendered.reference("we.b-1") == "dep-we.b-1"
    assert pulled(rendered, []) == {"mig": "registry.test:5000/app:v1", "db": "postgres:16"}
    assert pulled(rendered, ["db"]) == {"db": "postgres:16"}


@pytest.mark.parametrize("out", ["", "\n\n", "x", f"{HASH}  -\n\n", f'{HASH}  -\n\n  "name": "x",\n    "app": {{\n'])
def test_rendered_lines_that_cannot_be_read(out: str) -> None:
    with pytest.raises(ValueError):
        read_rendered(out)
