"""Requests to a front, one after the other in some threads, while something is done: how many were lost."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from types import TracebackType


class Requests:
    """`answers`: how often each body came; what is no 200, or no answer at all, is lost."""

    def __init__(self, address: str, port: int, *, threads: int = 4, atleast: int = 0) -> None:
        self._address, self._port, self._least = address, port, atleast
        self.answers, self.faults = Counter[str](), Counter[str]()
        self._over, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(threads)]

    @property
    def lost(self) -> int:
        return self.faults.total()

    @property
    def sent(self) -> int:
        return self.answers.total() + self.lost

    def __enter__(self) -> Requests:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Goes on until so many as asked for are sent."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not (self._over.is_set() and self.sent >= self._least):
            answer, fault = "", ""
            connection = http.client.HTTPConnection(self._address, self._port, timeout=5)
            try:
                connection.request("GET", "/")
                got = connection.getresponse()
                answer = got.read().decode().strip()
                fault = "" if got.status == 200 else str(got.status)
            except (OSError, http.client.HTTPException) as wrong:
                fault = type(wrong).__name__
            finally:
                connection.close()
            with self._lock:
                if fault:
                    self.faults[fault] += 1
                else:
                    self.answers[answer] += 1
