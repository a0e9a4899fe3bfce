from __future__ import annotations

import subprocess
import sys

LATE = "from titan_flow.workflow.cli.late import defer; defer(); import asyncio, sys"


def printed(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", f"{LATE}; {code}"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_an_import_alone_loads_nothing() -> None:
    assert printed("import asyncio; print('asyncio.events' in sys.modules, '_ssl' in sys.modules)") == "False False"


def test_the_first_name_that_is_asked_for_loads_it() -> None:
    assert printed("asyncio.run(asyncio.sleep(0)); print('asyncio.events' in sys.modules)") == "True"


def test_a_submodule_may_come_first() -> None:
    assert printed("from asyncio.subprocess import PIPE; asyncio.run(asyncio.sleep(0)); print(PIPE)") == "-1"


def test_a_name_that_it_does_not_have_is_an_error_as_ever() -> None:
    assert printed("print(hasattr(asyncio, 'nothing'), hasattr(asyncio, 'nothing'))") == "False False"


def test_what_is_loaded_already_stays() -> None:
    code = "import asyncio; from titan_flow.workflow.cli.late import defer; defer(); asyncio.__dict__['run']"
    subprocess.run([sys.executable, "-c", code], check=True)
