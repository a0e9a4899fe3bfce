# pyright: basic, reportMissingImports=false
"""The runbook in pyinfra: one operation for each line. It stops at the first that fails; a second call restores."""

from pathlib import Path

from pyinfra.context import host
from pyinfra.operations import server

LINES = (Path(__file__).parent / "lines.sh").read_text()
GIVEN = f"commit={host.data.commit} address={host.data.address}\n"

for line in host.data.lines.split(","):
    server.shell(name=line, commands=[f"{GIVEN}{LINES}\n{line}"], _shell_executable="bash")
