"""Modules that most commands never use: loaded when one of their names is first asked for.

Only what moves needs `asyncio`: with sockets, logging and `ssl` it costs a start 50 ms. Only what searches needs
`regex`: 13 ms. Who uses one imports it as ever, at the top of the file.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType

LATE = ("asyncio", "regex", "ssl")


class _Late(ModuleType):
    """Known to `import`, but empty. (`importlib.util.LazyLoader` is no help: on Python 3.11 it loads at an import.)"""

    def __getattr__(self, name: str) -> object:
        object.__setattr__(self, "__class__", ModuleType)
        spec = self.__spec__
        if spec is not None and spec.loader is not None:
            if spec.submodule_search_locations is not None:
                self.__path__ = spec.submodule_search_locations
            spec.loader.exec_module(self)
        return getattr(self, name)


def defer() -> None:
    """From here on, each of `LATE` that is not loaded yet is loaded late."""
    for name in LATE:
        if name not in sys.modules and (spec := find_spec(name)) is not None:
            sys.modules[name] = module = module_from_spec(spec)
            vars(module).pop("__path__", None)  # importing a submodule asks for it: the package comes first then
            module.__class__ = _Late
