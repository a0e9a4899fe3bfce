"""A real Chromium without a window, spoken to over two pipes (https://chromedevtools.github.io/devtools-protocol/)."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def program() -> str | None:
    """The browser of this machine's distribution, if it has one."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


class Chromium:
    """One browser with one page. `heard` are the page's complaints and requests, as they came."""

    def __init__(self, path: str, profile: Path) -> None:
        ours, theirs = _pipes()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        flags += ["--remote-debugging-pipe", f"--user-data-dir={profile}", "--window-size=1440,1000"]

        def ends() -> None:
            for number, end in zip((3, 4), theirs, strict=True):
                os.dup2(end, number)

        self._process = subprocess.Popen(
            [path, *flags], pass_fds=(3, 4), preexec_fn=ends, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for end in theirs:
            os.close(end)
        self._to, self._from = ours
        self._said, self._next = b"", 0
        self.heard: list[dict[str, Any]] = []
        page = self._ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        self._session = self._ask("Target.attachToTarget", {"targetId": page, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        return self._ask(method, params, self._session)

    def open(self, page: Path, dark: bool = False) -> None:
        """Loads a file, and waits until all of it is there."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.heard.clear()
        self.ask("Page.navigate", url=page.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.heard):
            self._event()

    def value(self, script: str) -> Any:
        """What an expression of JavaScript gives, promises awaited."""
        done = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def press(self, key: str) -> None:
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
        more = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            typed = more if kind == "keyDown" else {}
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=codes[key], **typed)

    def until(self, script: str, wanted: Any) -> None:
        """Looks until the page says so; ten seconds at most."""
        late = time.monotonic() + 10
        while (said := self.value(script)) != wanted:
            assert time.monotonic() < late, f"{script} is {said!r}, not {wanted!r}"

    def complaints(self) -> list[str]:
        """Errors, warnings of the console, broken rules of the page's policy; and requests for anything but a file."""
        self.value("1")  # what was under way has arrived
        bad = list[str]()
        for event in self.heard:
            params = event["params"]
            match event["method"]:
                case "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded":
                    bad.append(json.dumps(params)[:500])
                case "Network.requestWillBeSent" if not params["request"]["url"].startswith("file:"):
                    bad.append(params["request"]["url"])
                case _:
                    pass
        return bad

    def close(self) -> None:
        self._ask("Browser.close", {})
        for end in (self._to, self._from):
            os.close(end)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, method: str, params: dict[str, Any], session: str | None = None) -> dict[str, Any]:
        self._next += 1
        sent = {"id": self._next, "method": method, "params": params, **({"sessionId": session} if session else {})}
        os.write(self._to, json.dumps(sent).encode() + b"\0")
        while True:
            answer = self._event()
            if answer.get("id") == self._next:
                assert "error" not in answer, answer
                return answer["result"]

    def _event(self) -> dict[str, Any]:
        """The next message; events are kept."""
        while b"\0" not in self._said:
            ready, _, _ = select.select([self._from], [], [], 60)
            assert ready, "Chromium does not answer"
            read = os.read(self._from, 1 << 16)
            assert read, "Chromium went away"
            self._said += read
        text, self._said = self._said.split(b"\0", 1)
        message: dict[str, Any] = json.loads(text)
        if "method" in message:
            self.heard.append(message)
        return message


def _pipes() -> tuple[tuple[int, int], tuple[int, int]]:
    """(ours to write and read), (theirs to read and write): above 9, out of the way of 3 and 4."""
    read, to = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in os.pipe())
    back, write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in os.pipe())
    return (to, back), (read, write)
