# pyright: basic, reportMissingImports=false
"""Run by the bench's own environment, where DBOS is: one workflow of steps that cost nothing, on SQLite.

    build/bench/venv/bin/python bench/dbos_steps.py FOLDER STEPS

Prints seconds and processor seconds of the workflow. SQLite is set as titan-flow sets it: DBOS leaves it in the slower
rollback journal.
"""

import json
import sys
import time
from pathlib import Path

import sqlalchemy
from dbos import DBOS

folder, steps = Path(sys.argv[1]), int(sys.argv[2])


@DBOS.step()
def step(number: int) -> int:
    return number


@DBOS.workflow()
def workflow(count: int) -> int:
    return sum(step(number) for number in range(count))


@sqlalchemy.event.listens_for(sqlalchemy.Engine, "connect")
def as_ours(connection, _):
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


if __name__ == "__main__":
    DBOS(config={"name": "bench", "system_database_url": f"sqlite:///{folder / 'dbos.sqlite'}", "log_level": "ERROR"})
    DBOS.launch()
    workflow(5)
    wall, processor = time.perf_counter(), time.process_time()
    workflow(steps)
    print(json.dumps({"seconds": time.perf_counter() - wall, "processor": time.process_time() - processor}))
    DBOS.destroy()
