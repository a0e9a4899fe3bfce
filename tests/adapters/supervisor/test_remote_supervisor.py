"""The program that runs on the host: what any Python there has to understand."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from titan_flow.adapters.supervisor import remote_supervisor
from titan_flow.adapters.supervisor.remote_supervisor import booted, image

SHA = "ab" * 32


def test_python_3_8_understands_it() -> None:
    source = Path(remote_supervisor.__file__).read_text()
    tree = ast.parse(source, feature_version=(3, 8))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not {name for name in imported if name.startswith("titan_flow")}


@pytest.mark.parametrize(
    ("argv", "address"),
    [
        (["python", f"/images/{SHA}.pyz"], True),
        (["app", f"--image=sha256:{SHA}"], True),
        (["app", f"{SHA}0"], False),
        (["app", SHA.upper()], False),
        ([""], False),
    ],
)
def test_an_image_is_the_content_address_in_a_command_line(argv: list[str], address: bool) -> None:
    assert (image(argv) == f"sha256:{SHA}") is address
    assert image(argv) != image([*argv, "more"]) or address


def test_a_boot_line_belongs_to_its_own_process() -> None:
    lines = ["pid 1 starts", "says", "pid 12 starts", "pid 1 starts", "x"]
    assert booted(lines, r"pid (\d+) starts", 12) == 2
    assert booted(lines, r"pid (\d+) starts", 1) == 3
    assert booted(lines, r"pid (\d+) starts", 0) == 3, "of whichever came last"
    assert booted(lines, r"pid (\d+) starts", 7) is None and booted(lines, None, 1) is None
