"""A run that was learned from its host: what leaves this machine is chosen by the operator's own spec alone.

The host's copy of a run holds the spec that it was started with, and the arguments of its steps. Whoever owns the host
can write there what they like, so nothing of it may name a secret, a file, a variable, an address or a certificate of
the operator's machine that the operator's spec does not name.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import unified_diff

from titan_flow.adapters.credentials import Secret
from titan_flow.adapters.settings import Settings
from titan_flow.states.adoption import shaped
from titan_flow.states.events import Record, RunStarted, TransitionBegan
from titan_flow.states.run import Run, apply, fold
from titan_flow.states.values import Json
from titan_flow.workflow.errors import UserError
from titan_flow.workflow.session.options import Options
from titan_flow.workflow.specfile.model import Spec
from titan_flow.workflow.specfile.references import BindError, resolve
from titan_flow.workflow.specfile.yaml_reader import page_of

FLAG = "--host-spec"
SHOWN = 40
"""lines of a difference"""
DIGITS = 12
"""of a spec's hash, at least, as the flag takes it"""
_REFERENCE = re.compile(r"\$\{\s*([^{}\s]+)\s*\}")
FILES = ("ca", "cert", "key", "creds")
"""keys of a spec whose values are files of the operator's machine"""


def agreed(recorded: Spec, given: Spec, run: str, options: Options) -> Spec:
    """The spec that the learned run goes on with: its own, with everything of this machine from `given`.

    Where the two differ the difference is shown and asked about; `--yes` does not answer. Raises UserError.
    """
    if _data(recorded) != _data(given):
        _only_known(recorded, given, run)
        hash = recorded.sha256[:DIGITS]
        said = options.host_spec is not None and len(options.host_spec) >= DIGITS
        told = said and recorded.sha256.startswith(options.host_spec or "")
        question = (
            f"{difference(recorded, given)}\nrun {run}, as its host has it, was started with another spec than "
            f"{given.path} (see above). Secrets, files and addresses come from yours. Continue with the other spec?"
        )
        options.confirm(question, told, f"{FLAG} {hash}")
    blocks = {name: given.blocks[name] if block.local else block for name, block in recorded.blocks.items()}
    return replace(recorded, target=given.target, blocks=blocks)


def addressed(spec: Spec, run: Run, options: Options, known: Mapping[str, Json] | None = None) -> None:
    """Asks about values that the host's copy of the run says, where addresses or file names of here are made of them.

    Values of parameters, also of those that came with an operator's command, of outputs and of the run itself. `known`:
    values that this journal had before; else the defaults of the operator's spec. `--yes` does not answer. Raises
    UserError.
    """
    if known is None:
        known = {
            f"params.{name}": param.default for name, param in spec.params.items() if isinstance(param.default, str)
        }
    values, named = run.values(), _in_addresses(spec) - {"run.id", "run.at"}
    chosen = {name: value for name, value in values.items() if name in named and known.get(name) != value}
    if not chosen:
        return
    hash = hashlib.sha256(f"{spec.sha256} {_text(chosen)}".encode()).hexdigest()
    told = len(options.host_spec or "") >= DIGITS and hash.startswith(options.host_spec or "")
    said = ", ".join(f"{name.removeprefix('params.')}={value}" for name, value in chosen.items())
    question = f"run {run.id}, as its host has it, makes addresses of {said}. Continue with these?"
    options.confirm(question, told, f"{FLAG} {hash[:DIGITS]}")


def _in_addresses(spec: Spec) -> set[str]:
    """What addresses and files of this machine are made of: `params.site`, `fetch.found`."""
    return {name for text in local(spec, all_blocks=True) for name in _REFERENCE.findall(text)}


def difference(recorded: Spec, given: Spec) -> str:
    """The lines that differ, from the operator's spec to the host's; at most SHOWN of them."""
    lines = list(
        unified_diff(given.text.splitlines(), recorded.text.splitlines(), given.path, "on the host", n=0, lineterm="")
    )
    more = [f"… {len(lines) - SHOWN} more lines"] if len(lines) > SHOWN else []
    return "\n".join([*lines[:SHOWN], *more])


def genuine(spec: Spec, records: Sequence[Record], first: int) -> None:
    """Raises UserError where a record from number `first` on gives a step other arguments than its spec does."""
    started = records[0].event
    if not isinstance(started, RunStarted):
        return
    flow, run = shaped(spec.flow, started.purpose), fold(records[:1])
    for record in records[1:]:
        if isinstance(record.event, TransitionBegan) and record.seq >= first:
            edge = flow.edge(record.event.transition)
            values = {**flow.values(), **run.values()}
            try:
                args = {one.id: resolve(one.args, {**values, "step.id": f"{run.id}/{one.id}"}) for one in edge.steps}
            except BindError:
                args = {}
            if _text(args) != _text(record.event.args):
                raise UserError(
                    f"record {record.seq} of run {run.id}, as its host has it, gives the steps of {edge.name} "
                    f"arguments that its spec does not: not continued. Look at it: titan-flow events {run.id}"
                )
        run = apply(run, record)


def _only_known(recorded: Spec, given: Spec, run: str) -> None:
    unknown = sorted(local(recorded) - local(given, all_blocks=True))
    unknown += [f"`{name}:`" for name, block in recorded.blocks.items() if block.local and name not in given.blocks]
    if unknown:
        raise UserError(
            f"run {run}, as its host has it, would use {', '.join(unknown)} from here, which {given.path} does not "
            f"name: not continued. Abandon it: titan-flow force-unlock {given.path} --run {run}"
        )


def local(spec: Spec, all_blocks: bool = False) -> set[str]:
    """What steps and blocks name of the operator's machine. Blocks that are replaced count with `all_blocks` only."""
    steps = [step for edge in spec.flow.edges for step in (*edge.checks, *edge.actions)]
    steps += [
        *spec.flow.notify,
        *(step for state in spec.flow.states.values() if state.watch for step in state.watch.checks),
    ]
    blocks = (block for block in spec.blocks.values() if all_blocks or not block.local)
    return {name for args in (*(step.args for step in steps), *map(_dumped, blocks)) for name in _named(args)}


def _named(value: Json | Mapping[str, Json]) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, Mapping) and len(inner) == 1 and inner.keys() <= Secret.model_fields.keys():
                yield from (f"${text}" if name == "env" else str(text) for name, text in inner.items())
            elif key in (*FILES, "url") and isinstance(inner, str):
                yield inner
            else:
                yield from _named(inner)
    elif isinstance(value, str):
        if "://" in value:
            yield value
    elif isinstance(value, Iterable):
        for inner in value:
            yield from _named(inner)


def _dumped(block: Settings) -> dict[str, Json]:
    return block.model_dump(mode="json", by_alias=True, exclude_none=True)


def _data(spec: Spec) -> str:
    """What a spec says, but for where its host is reached: that is the operator's in any case."""
    page, _ = page_of(spec.text, spec.path)
    return _text({key: value for key, value in page.data.items() if key != "target"})


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)
