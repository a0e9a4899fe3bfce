"""titan-brain and titan-execution, as far as a deployment can tell: they log in the real ones' words, are armed and
disarmed by operators' messages over NATS, load the risk policy, and answer HTTP health.

What a release does wrong stands in the environment of its image:
  HEALTH=503          is never well                FAIL_AFTER=1.5    is well, and no longer so after 1.5 s
  CRASH_AFTER=0.5     falls over again and again   FAIL_ARMED=1      is well until it has been armed for 1 s
  READY_AFTER=3       takes its time               PANIC_AFTER=0.5   is well, and logs a panic
  POLICY_SALT=x       loads another policy than the one it is given
  POLICY_OWN={…}      goes by a policy of its own, whatever it is given
A file `/tmp/unwell` in its container makes it unwell at once: for tests that know when.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.droplet.titan.standin.bus import Bus
from tests.droplet.titan.standin.database import answers

START = time.monotonic()
BRAIN, EXECUTION = "titan-brain", "titan-execution"
ARM, DISARM = "titan.cmd.operator.arm.v1", "titan.cmd.operator.disarm.v1"
POLICY = "titan.req.exec.policy_hash.v1"
TYPES = {ARM: "ARM_SYSTEM", DISARM: "DISARM_SYSTEM"}
WORDS = {
    BRAIN: ("SYSTEM ARMED BY OPERATOR", "SYSTEM DISARMED BY OPERATOR"),
    EXECUTION: ("EXECUTION ARMED", "EXECUTION DISARMED"),
}
KEPT = Path("execution.armed")
"""execution remembers in its working directory: a recreated container has forgotten, a restarted one has not"""


def log(text: str) -> None:
    print(text, flush=True)


def setting(name: str) -> float:
    """Seconds; never, where nothing is said."""
    return float(os.environ.get(name) or "inf")


class Trader:
    def __init__(self, name: str) -> None:
        self.name, self.armed_at = name, None if name == BRAIN or not KEPT.exists() else time.monotonic()
        given = os.environ.get("POLICY_OWN", "").encode() or Path("/etc/titan/risk_policy.json").read_bytes()
        policy = given + os.environ.get("POLICY_SALT", "").encode()
        self.policy = hashlib.sha256(policy).hexdigest()
        if name == EXECUTION:
            log("Execution engine initialized " + ("DISARMED" if self.armed_at is None else "in ARMED state"))
        log(f"Risk Policy Loaded. Hash: {self.policy}")
        self.bus = Bus((ARM, DISARM, POLICY) if name == EXECUTION else (ARM, DISARM), self.told)

    def told(self, subject: str, payload: bytes) -> bytes | None:
        """One message. What is no command is dropped without a word, as the real ones do; only changes are logged."""
        if subject == POLICY:
            return json.dumps({"policy_hash": self.policy}).encode()
        said, arm = command(payload), subject == ARM
        if said is None or said["type"] != TYPES[subject] or arm == (self.armed_at is not None):
            return None
        self.armed_at = time.monotonic() if arm else None
        if self.name == EXECUTION and arm:
            KEPT.touch()
        elif self.name == EXECUTION:
            KEPT.unlink(missing_ok=True)
        log(f"{WORDS[self.name][0 if arm else 1]}: {said['reason']}")
        return None

    def well(self) -> bool:
        now = time.monotonic()
        up, armed = now - START, 0.0 if self.armed_at is None else now - self.armed_at
        ready = up > (setting("READY_AFTER") if "READY_AFTER" in os.environ else 0.0)
        late = up > setting("FAIL_AFTER") or armed > setting("FAIL_ARMED") or Path("/tmp/unwell").exists()
        fit = os.environ.get("HEALTH", "200") == "200" and ready and not late
        return fit and self.bus.connected and (self.name != BRAIN or answers())


def command(payload: bytes) -> dict[str, str] | None:
    """An operator's command, parsed as strictly as the real ones do."""
    try:
        said = json.loads(payload)
    except ValueError:
        return None
    keys = ("type", "reason", "operator_id", "id", "timestamp")
    return said if isinstance(said, dict) and all(isinstance(said.get(key), str) for key in keys) else None  # pyright: ignore


def serve(trader: Trader, port: int) -> None:
    version = os.environ["VERSION"]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            well = self.path == "/state" or trader.well()
            state = {
                "armed": trader.armed_at is not None,
                "version": version,
                "status": "ok" if well else "unavailable",
            }
            text = json.dumps(state).encode()
            self.send_response(200 if well else 503)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Silent: the log is for what the service has to say."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Who asks and hangs up, as a load balancer does, is no news."""

    Server(("", port), Handler).serve_forever()


def later(name: str, do: Callable[[], None]) -> None:
    if name in os.environ:
        timer = threading.Timer(setting(name), do)
        timer.daemon = True
        timer.start()


def ended(signal: int, frame: object) -> None:
    os._exit(0)


def crash() -> None:
    log("Error: relation intents does not exist")
    os._exit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, ended)
    trader = Trader(os.environ["SERVICE"])
    later("CRASH_AFTER", crash)
    later("PANIC_AFTER", lambda: log("Panic: index out of range in order book"))
    serve(trader, int(os.environ["PORT"]))
