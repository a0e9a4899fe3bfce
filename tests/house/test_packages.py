"""The house: every module is installed under its import root, and nothing generic lands in a user's site-packages."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("states", "adapters", "workflow", "specs")
KEPT = {".py", ".sh", ".yaml", ".json", ".css", ".js", ".html", ".typed"}


def ours() -> set[str]:
    """Every file that has to be installed, by its path under the import root."""
    rooms = {
        f"titan_flow/{path.relative_to(ROOT)}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix in KEPT
    }
    return rooms | {"titan_flow/__init__.py", "titan_flow/__main__.py"}


def test_the_import_root_is_four_links_to_the_rooms() -> None:
    root = ROOT / "src" / "titan_flow"
    assert {path.name: path.resolve() for path in root.iterdir() if path.is_symlink()} == {
        room: ROOT / room for room in ROOMS
    }
    assert {path.name for path in root.glob("*.py")} == {"__init__.py", "__main__.py"}


def test_every_folder_of_modules_is_a_package() -> None:
    bare = {
        str(folder.relative_to(ROOT))
        for room in ROOMS
        for folder in [ROOT / room, *(ROOT / room).rglob("*")]
        if folder.is_dir()
        and folder.name != "templates"
        and any(folder.glob("*.py"))
        and not (folder / "__init__.py").exists()
    }
    assert not bare


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel and an sdist, built from the tracked files alone, without reaching for an index."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    subprocess.run(["git", "checkout-index", "-a", "-f", f"--prefix={source}/"], cwd=ROOT, check=True)
    argv = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(source)]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


@pytest.mark.slow
def test_the_wheel_holds_every_module_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == ours()


@pytest.mark.slow
def test_the_source_distribution_holds_every_module(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as opened:
        names = {name.partition("/src/")[2] for name in opened.getnames() if "/src/titan_flow/" in name}
    assert {name for name in names if Path(name).suffix in KEPT} == ours()
