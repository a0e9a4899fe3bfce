"""How the code is built, in figures: `python -m tests.house.structure`, or `make structure`.

An arrow is an import of one of our modules by another, in a function or only for types included. Layers come from
the import contracts in pyproject.toml.
"""

from __future__ import annotations

import ast
import statistics
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[2]
ROOMS = ("states", "adapters", "workflow")
IMPORT_ROOT = "titan_flow"


@dataclass(frozen=True)
class Module:
    name: str
    """With dots, without the import root: `adapters.git.adapter`."""
    path: Path
    tree: ast.Module
    lines: int

    @property
    def package(self) -> str:
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]


def modules() -> dict[str, Module]:
    found = dict[str, Module]()
    for path in sorted(path for room in ROOMS for path in (TOP / room).rglob("*.py")):
        text = path.read_text()
        name = ".".join(path.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__")
        found[name] = Module(name, path, ast.parse(text), len(text.splitlines()))
    return found


def arrows(known: dict[str, Module]) -> dict[str, set[str]]:
    """Module -> the modules that it imports."""
    return {name: set(imports(module, known)) - {name} for name, module in known.items()}


def imports(module: Module, known: dict[str, Module]) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (name for alias in node.names if (name := _ours(alias.name)) in known)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                steps = module.package.split(".")[: len(module.package.split(".")) - node.level + 1]
                origin = ".".join([*steps, *([node.module] if node.module else [])])
            else:
                origin = _ours(node.module or "")
            for alias in node.names:
                whole = f"{origin}.{alias.name}"
                if whole in known:
                    yield whole
                elif origin in known:
                    yield origin


def _ours(name: str) -> str:
    return name.removeprefix(f"{IMPORT_ROOT}.") if name.startswith(f"{IMPORT_ROOT}.") else ""


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other, directly or through others (Tarjan)."""
    index, low, stack, found = dict[str, int](), dict[str, int](), list[str](), list[list[str]]()

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            members = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(members) > 1:
                found.append(sorted(members))

    for name in graph:
        if name not in index:
            visit(name)
    return found


def upward(graph: dict[str, set[str]]) -> dict[str, list[tuple[str, str]]]:
    """Contract container -> arrows from a layer to a higher one, or to its neighbour where they are independent."""
    settings = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["importlinter"]
    found = dict[str, list[tuple[str, str]]]()
    for contract in settings["contracts"]:
        for container in contract.get("containers", ()) if contract["type"] == "layers" else ():
            room = container.removeprefix(f"{IMPORT_ROOT}.")
            rank = {
                name.strip(): depth
                for depth, layer in enumerate(contract["layers"])
                for name in layer.replace(":", "|").split("|")
            }

            def part(name: str, room: str = room) -> str:
                return name.removeprefix(f"{room}.").split(".")[0] if name.startswith(f"{room}.") else ""

            found[room] = sorted(
                (name, other)
                for name, others in graph.items()
                for other in others
                if part(name) in rank and part(other) in rank
                if part(name) != part(other) and rank[part(other)] <= rank[part(name)]
            )
    return found


def in_functions(module: Module) -> int:
    """Import statements below the top of the file, those for types only left out."""
    functions = (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    nodes = {inner for node in functions for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)}
    return len(nodes)


def table() -> str:
    known = modules()
    graph = arrows(known)
    rings, up = circles(graph), upward(graph)
    longest = max(known.values(), key=lambda module: module.lines)
    sizes = ", ".join(str(len(ring)) for ring in rings)
    rows = {
        "files": f"{len(known)}",
        "lines of Python": f"{sum(module.lines for module in known.values()):,}",
        "median file": f"{statistics.median(module.lines for module in known.values()):.0f} lines",
        "longest file": f"{longest.lines} lines ({longest.path.relative_to(TOP)})",
        "circles of imports": f"{len(rings)}" + (f" (of {sizes} files)" if rings else ""),
        "upward arrows": ", ".join(f"{len(found)} in {room}" for room, found in up.items()),
        "imports in functions": f"{sum(map(in_functions, known.values()))}",
    }
    width = max(map(len, rows))
    lines = [f"{label:<{width}}  {value}" for label, value in rows.items()]
    lines += [f"circle: {' '.join(ring)}" for ring in rings]
    lines += [f"upward: {name} -> {other}" for found in up.values() for name, other in found]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
