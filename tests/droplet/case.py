"""A Compose project on the droplet, with an operator of its own: a folder of commits and what is done with them."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.droplet.deploying import Operator
from tests.droplet.origin import Origin
from tests.droplet.production import Production

CASES = Path(__file__).parent / "cases"


def clear(scene: Production) -> None:
    scene.droplet.sh(
        "docker ps -aq | xargs -r docker rm -fv >/dev/null; docker network prune -f >/dev/null;"
        "docker volume ls -q | xargs -r docker volume rm -f >/dev/null; rm -rf /opt/prod /opt/staging"
    )


class Case:
    """One folder of `cases/`, on the droplet, with an operator of its own."""

    def __init__(self, folder: Path, scene: Production, home: Path) -> None:
        self.scene, self.folder = scene, folder
        self.text: dict[str, Any] = yaml.safe_load((folder / "case.yaml").read_text())
        self.directory = self.text.get("directory", f"/opt/{folder.name}")
        self.origin = Origin(scene.droplet.disk, folder.name)
        self.commits: dict[str, str] = {}
        for name in self.text.get("commits", ["before", "after"]):
            self.commits[name] = self.origin.commit(self._files(name), name)
        self.operator = Operator(home, scene)
        self.operator.spec.write_text(self._spec())
        quoted = shlex.quote(self.directory)
        self.hand(f"sudo rm -rf {quoted}; sudo install -d -o deploy -g deploy {quoted}")
        self.hand(
            f"git clone -q {self.origin.url} {quoted} && cd {quoted} && git reset -q --hard {self.commits['before']}"
        )

    def _files(self, name: str) -> Mapping[str, str | bytes]:
        """`after/` is laid over `before/`; `absent` names what it takes away."""
        layers = [self.folder / "before"] if name == "before" else [self.folder / "before", self.folder / name]
        files: dict[str, str | bytes] = {}
        for layer in layers:
            for path in layer.rglob("*"):
                if path.is_file():
                    files[str(path.relative_to(layer))] = path.read_text()
        if name != "before":
            for gone in self.text.get("absent", ()):
                files.pop(gone, None)
            for path in self.text.get("crlf", ()):
                files[path] = str(files[path]).replace("\n", "\r\n")
        return files

    def _spec(self) -> str:
        text = (CASES / "flow.yaml").read_text()
        orphans = self.text.get("remove_orphans")
        values = {
            "SSH_CONFIG": str(self.scene.droplet.ssh_config),
            "DIRECTORY": self.directory,
            "COMPOSE": json.dumps(self.text.get("compose", {"file": "compose.yaml"})),
            "BUILD": ", {compose.build: {}}" if self.text.get("build") else "",
            "ORPHANS": "" if orphans is None else f", remove_orphans: {json.dumps(orphans)}",
        }
        return re.sub(r"@(\w+)@", lambda found: values[found[1]], text)

    def hand(self, command: str) -> str:
        done = self.scene.droplet.ssh(command, check=False)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def play(self) -> None:
        for step in self.text["steps"]:
            ((verb, what),) = step.items()
            getattr(self, f"_{verb}")(what)

    def _hand(self, command: str) -> None:
        self.hand(f"cd {shlex.quote(self.directory)} && {command}")

    def _run(self, wanted: Mapping[str, Any]) -> None:
        self._titan("run", ["--yes", *wanted.get("with", [])], wanted)

    def _plan(self, wanted: Mapping[str, Any]) -> None:
        self._titan("plan", wanted.get("with", []), wanted)

    def _preflight(self, wanted: Mapping[str, Any]) -> None:
        self._titan("preflight", [], wanted)

    def _rollback(self, wanted: Mapping[str, Any]) -> None:
        code = self.operator.titan("rollback", str(self.operator.spec), "--yes")
        self._said(code, wanted)

    def _titan(self, verb: str, words: list[str], wanted: Mapping[str, Any]) -> None:
        commit = self.commits[wanted.get("commit", "after")]
        code = self.operator.titan(verb, str(self.operator.spec), "--set", f"commit={commit}", *words)
        self._said(code, wanted)

    def _said(self, code: int, wanted: Mapping[str, Any]) -> None:
        if os.environ.get("CASES_TELL"):
            print(self.operator.said)
        codes = wanted.get("exit", 0)
        assert code in (codes if isinstance(codes, list) else [codes]), (code, self.operator.said)
        said = " ".join(self.operator.said.split())
        for words in wanted.get("says", []):
            assert words in said, (words, self.operator.said)
        for words in wanted.get("never", []):
            assert words not in said, (words, self.operator.said)

    def _see(self, wanted: Mapping[str, str]) -> None:
        """A client's look: a command on the host, and what it prints."""
        for command, out in wanted.items():
            found = self.scene.droplet.ssh(f"cd {shlex.quote(self.directory)}; {command}", check=False)
            assert (found.stdout + found.stderr).strip() == str(out).strip(), (command, self.operator.said)

    def _move(self, wanted: Mapping[str, str]) -> None:
        """The origin's main is forced onto a commit, on top of another one."""
        self.commits[wanted["as"]] = self.origin.commit(
            self._files(wanted["files"]), wanted["as"], parent=self.commits[wanted["parent"]]
        )

    def _still(self, command: str) -> None:
        """A hand-typed command that leaves every container of the project as it is."""
        listed = f"cd {shlex.quote(self.directory)} && docker compose ps -aq | sort"
        before = self.hand(listed)
        self._hand(command)
        assert self.hand(listed) == before, command
