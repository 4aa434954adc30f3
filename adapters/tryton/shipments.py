"""Customer shipments on their way through Tryton's states, button by button."""

from collections.abc import Mapping, Sequence

from adapters.tryton.client import Reader, Record
from adapters.tryton.session import Session
from gateway.domain.errors import SourceRejected
from gateway.domain.feeds import WorkStep

MODEL = "stock.shipment.out"
ORDER = ("draft", "waiting", "assigned", "picked", "packed", "shipped", "done")
TO_BE_PICKED = frozenset({"draft", "waiting", "assigned"})
BUTTON = {"waiting": "wait", "assigned": "assign_try", "picked": "pick", "packed": "pack", "shipped": "ship", "done": "do"}
"""What brings a shipment into each state."""
STATE_BY_STEP: dict[str, str] = {
    "ACCEPTED": "assigned",
    "PICKED": "picked",
    "PACKED": "packed",
    "READY_FOR_PICKUP": "packed",
    "SHIPPED": "done",
    "COLLECTED": "done",
}
GIVEN_UP = frozenset({"REJECTED", "CANCELED", "NOT_COLLECTED"})
CANCELLED = "cancelled"


class Shipments:
    """What is done with shipments. Each button is a call of its own: one that was pressed before is passed over."""

    def __init__(self, reader: Reader, session: Session) -> None:
        self._reader, self._session = reader, session

    async def read(self, operation: str, ids: Sequence[int]) -> list[Record]:
        told = await self._reader.all(operation, MODEL, [["id", "in", list(ids)]], ("state", "number"))
        return told.rows

    async def advance(self, operation: str, ids: Sequence[int], to: str, units: Mapping[int, int]) -> None:
        """Bring shipments as far as a state; `units` by product are what was picked of them.

        Raises SourceRejected where the goods are not all there: they stay as they were.
        """
        left = dict(units)
        for row in await self.read(operation, ids):
            if row["state"] != CANCELLED:
                state = row["state"]
                if state in TO_BE_PICKED and to not in TO_BE_PICKED:
                    state = await self._lessened(operation, row["id"], state, left)
                await self._one(operation, row["id"], state, to)

    async def _lessened(self, operation: str, number: int, state: str, left: dict[int, int]) -> str:
        """Take off a shipment what was not found of it; return its state then: units that are assigned cannot be changed."""
        short = lessened(await self._to_pick(operation, number), dict(left))
        if short and state != "waiting":
            await self._session.press(operation, MODEL, "wait", [number])
            state = "waiting"
        short = lessened(await self._to_pick(operation, number), left) if short else {}
        for move, quantity in short.items():
            await self._session.call(operation, "model.stock.move.write", [move], {"quantity": quantity})
        return state

    async def _to_pick(self, operation: str, number: int) -> list[Record]:
        """Return the moves that bring a shipment's goods out of storage; where a warehouse has none, those that send them."""
        domain = [["shipment", "=", f"{MODEL},{number}"], ["state", "!=", CANCELLED]]
        rows = (await self._reader.all(operation, "stock.move", domain, ("product", "quantity", "to_location.type"))).rows
        return [row for row in rows if (row.get("to_location") or {}).get("type") != "customer"] or rows

    async def cancel(self, operation: str, ids: Sequence[int]) -> None:
        """Cancel shipments; raises SourceRejected, and cancels none, when one has left."""
        rows = await self.read(operation, ids)
        if gone := [row["number"] for row in rows if row["state"] == "done"]:
            raise SourceRejected(self._reader.source, f"has sent {', '.join(map(str, gone))} already")
        for row in rows:
            if row["state"] != CANCELLED:
                await self._session.press(operation, MODEL, "cancel", [row["id"]])

    async def _one(self, operation: str, number: int, state: str, to: str) -> None:
        for following in ORDER[ORDER.index(state) + 1 : ORDER.index(to) + 1]:
            await self._session.press(operation, MODEL, BUTTON[following], [number])
            if following == "assigned" and not await self._is_assigned(operation, number):
                raise SourceRejected(self._reader.source, "has not all units of a shipment free; it waits there")

    async def _is_assigned(self, operation: str, number: int) -> bool:
        """Tell whether all of it was assigned: the button itself does not tell."""
        return all(row["state"] == "assigned" for row in await self.read(operation, [number]))


def lessened(moves: Sequence[Record], left: dict[int, int]) -> dict[int, float]:
    """Return the moves that must carry less, so that no more goes of a product than was found; what goes is taken off `left`."""
    short: dict[int, float] = {}
    for row in moves:
        carries = min(row["quantity"], left.get(row["product"], 0))
        left[row["product"]] = left.get(row["product"], 0) - carries
        if carries < row["quantity"]:
            short[row["id"]] = float(carries)
    return short


def has_reached(rows: Sequence[Record], to: str) -> bool:
    """Tell whether every shipment that was not cancelled has come as far as a state, and there is one."""
    states = [row["state"] for row in rows if row["state"] != CANCELLED]
    return bool(states) and all(ORDER.index(state) >= ORDER.index(to) for state in states)


def state_for(step: WorkStep | str | None) -> str | None:
    return STATE_BY_STEP.get(step or "")
