"""People are told how a run ended; what fails in telling is journaled, and changes nothing of how it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.http_server import QuietHandler, served
from tests.workflow.rehearsal import Rehearsal
from titan_flow.states import events as e


@dataclass
class Webhook:
    """What was posted; what it answers."""

    url: str = ""
    status: int = 200
    posted: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    made = Webhook()

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.posted.append({"path": self.path, **json.loads(body)})
            self.send_response(made.status)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    with served(Handler) as port:
        made.url = f"http://127.0.0.1:{port}/hook/s3cret-token"
        yield made


NOTIFY = """
notify:
  - http.post:
      url: {{file: "{secret}"}}
      body:
        text: "${{run.flow}}: ${{run.outcome}} in ${{run.state}}, ${{run.interlock}}: ${{run.says}}"
        by: "${{run.operator}}"
        run: "${{run.id}}"
      idempotent: true
  - command.run: {{command: [sh, -c, "echo ${{run.outcome}} >>told"], cwd: "{directory}", idempotent: true}}
  - nats.publish: {{subject: titan.evt.deploy.v1, payload: {{outcome: "${{run.outcome}}"}}, idempotent: true}}
"""


def told(rehearsal: Rehearsal) -> dict[str, e.Notified]:
    return {r.event.use: r.event for r in rehearsal.newest().records if isinstance(r.event, e.Notified)}


@pytest.mark.slow
def test_notifications_are_sent_and_their_failure_changes_nothing(
    rehearsal: Rehearsal, webhook: Webhook, tmp_path: Path
) -> None:
    secret = tmp_path / "webhook"
    secret.write_text(webhook.url)
    secret.chmod(0o600)
    text = rehearsal.spec.read_text().replace("Armed:      {goal: true,", "Armed:      {goal: true, notify: true,")
    text = text.replace("RolledBack: {rest: true}", "RolledBack: {rest: true, notify: true}")
    rehearsal.spec.write_text(text + NOTIFY.format(secret=secret, directory=tmp_path))

    assert rehearsal.run() == 0, rehearsal.said
    (posted,) = webhook.posted
    assert (
        posted["text"].startswith("titan-sandbox: reached in Armed, armed") and posted["run"] == rehearsal.newest().id
    )
    assert (tmp_path / "told").read_text() == "reached\n"
    assert {use: event.sent for use, event in told(rehearsal).items()} == {
        "http.post": True,
        "command.run": True,
        "nats.publish": True,
    }
    kinds = [r.event.kind for r in rehearsal.newest().records]
    assert kinds.index("run.ended") < kinds.index("notify.intended") < kinds.index("notified")
    everything = rehearsal.typed("show", rehearsal.newest().id, "--json").stdout
    assert "s3cret-token" not in everything + rehearsal.said and str(secret) in everything

    # The other side is broken, and one of the programs is not there: the run ends as it would have.
    webhook.status = 500
    rehearsal.spec.write_text(rehearsal.spec.read_text().replace("command: [sh, -c,", "command: [no-such-program, -c,"))
    rehearsal.release("log-error")
    assert rehearsal.run() == 4, rehearsal.said
    assert "Rolled back: verify failed" in rehearsal.said
    assert "rolled_back in RolledBack, disarmed: verify/4" in webhook.posted[-1]["text"]
    seen = told(rehearsal)
    assert [use for use, event in seen.items() if event.sent] == ["nats.publish"]
    assert "500" in seen["http.post"].says and "no-such-program" in seen["command.run"].says
    assert rehearsal.titan("status") == 4
