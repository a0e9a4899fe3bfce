"""Migrations: a rollback to old code over changed data is a separate question; `--yes` does not answer it."""

from __future__ import annotations

from collections.abc import Sequence

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.offers import checkout_of
from titan_flow.states.events import Event, OperatorAsked, Record, RunStarted
from titan_flow.workflow.environment import Environment
from titan_flow.workflow.errors import UserError
from titan_flow.workflow.plan.paths import under
from titan_flow.workflow.session.options import Options

FLAG = "--migrations"


async def before_going(place: Environment, started: RunStarted, options: Options) -> None:
    """Asks, where a rollback of its own would lead across migrations. Raises UserError."""
    if started.purpose != "rollback" or started.previous is None or not place.spec.migrations or options.migrations:
        return

    try:
        site, checkout = place.site, checkout_of(place.site)
        found = await checkout.between(site, await checkout.head(site), started.previous.commit)
    except (Unreachable, LookupError) as why:
        raise UserError(
            f"whether there are migrations in between is unknown: {why}; to roll back anyway add {FLAG}"
        ) from None
    ask(under(found.files, place.spec.migrations), options)


def before_carrying_on(records: Sequence[Record], said: Sequence[Event], options: Options) -> None:
    """Asks, where an operator takes back a run that touches migrations. Raises UserError."""
    first = records[0].event
    asked = any(isinstance(event, OperatorAsked) and event.what == "rollback" for event in said)
    if asked and isinstance(first, RunStarted):
        ask(first.migrations, options)


def ask(files: Sequence[str], options: Options) -> None:
    """Raises UserError."""
    if files:
        named = ", ".join(files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
        question = f"There are migrations in between ({named}): the old code would meet changed data. Roll back?"
        options.confirm(question, options.migrations, FLAG)
