"""The front door: /health is brain's; 503 where brain does not answer."""

from __future__ import annotations

import http.client
import json
import os
from threading import Event

from titan_flow.workflow.sandbox.standins.http import Answer, serve
from titan_flow.workflow.sandbox.standins.image import Place, log, place


def health(here: Place) -> Answer:
    brain = http.client.HTTPConnection("127.0.0.1", here.ports["brain"], timeout=3)
    try:
        brain.request("GET", "/health")
        answer = brain.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, ValueError, http.client.HTTPException):
        return 503, {"status": "brain does not answer"}
    finally:
        brain.close()


def main() -> None:
    here = place()
    log(f"--- traefik {here.image.release} starts, pid {os.getpid()}")
    serve(
        here.ports["traefik"],
        {"/health": lambda: health(here), "/state": lambda: (200, {"release": here.image.release})},
    )
    Event().wait()


if __name__ == "__main__":
    main()
