"""Messages to sources as a person reads them, or as JSON for what reads them by machine."""

import sys
from collections.abc import Sequence

import orjson
from rich.console import Console
from rich.table import Table

from gateway.outbox import Outcome, row, shown
from resolvers.questions.hand_overs import HandOver

COLUMNS = ("message", "source", "what", "state", "tries", "next try", "reference", "last error")


def print_messages(messages: Sequence[HandOver], total: int | None, *, as_json: bool) -> None:
    if as_json:
        write_json([row(message) for message in messages])
        return
    table = Table(*COLUMNS)
    for message in messages:
        entry, at = message.entry, message.next_attempt_at
        again = f"{at:%Y-%m-%d %H:%M:%S}Z" if at else ""
        cells = (shown(message), entry.source, message.what, entry.state, str(entry.attempts), again)
        table.add_row(*cells, entry.reference or "", entry.last_error or "")
    console = Console()
    console.print(table)
    count = f"{total:,}" if total is not None else "more than are counted"
    console.print(f"{len(messages)} shown of {count}", highlight=False)


def print_outcomes(outcomes: Sequence[Outcome], *, as_json: bool) -> None:
    if as_json:
        write_json(
            [{"name": one.name, "outcome": one.outcome, "told": one.told, **(row(one.message) if one.message else {})} for one in outcomes]
        )
        return
    console = Console()
    for one in outcomes:
        console.print(
            f"{one.name} {one.told}", style="red" if one.outcome == "REFUSED" else None, highlight=False, soft_wrap=True, markup=False
        )
    counts = {kind: sum(one.outcome == kind for one in outcomes) for kind in ("DONE", "ALREADY", "REFUSED")}
    console.print(f"{counts['DONE']} done, {counts['ALREADY']} as wished already, {counts['REFUSED']} refused", highlight=False)


def write_json(rows: Sequence[object]) -> None:
    sys.stdout.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n")
