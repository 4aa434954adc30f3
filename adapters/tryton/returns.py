"""A processed sale taken back: Tryton cancels none, so a return of the same lines stands against it."""

from adapters.tryton.client import Reader, Record
from adapters.tryton.session import Session
from adapters.tryton.wizards import Wizards

MODEL = "sale.sale"
TAKEN = frozenset({"confirmed", "processing", "done"})
"""States of a sale that Tryton acts on."""


class Returns:
    """One return for each sale, known by its origin: one that was begun is finished, never made a second time."""

    def __init__(self, reader: Reader, session: Session) -> None:
        self._reader, self._session, self._wizards = reader, session, Wizards(session)

    async def stands(self, operation: str, sale: Record) -> bool:
        """Tell whether a sale was taken back."""
        return any(row["state"] in TAKEN for row in await self._of(operation, sale))

    async def make(self, operation: str, sale: Record) -> None:
        """Take a sale back, as far as it is not taken back yet."""
        rows = await self._of(operation, sale)
        if not rows:
            await self._wizards.run(operation, "sale.return_sale", MODEL, [sale["id"]], "return_")
            rows = await self._of(operation, sale)
        for row in rows[:1]:
            if row["state"] == "draft":
                await self._session.press(operation, MODEL, "quote", [row["id"]])
            if row["state"] in {"draft", "quotation"}:
                await self._session.press(operation, MODEL, "confirm", [row["id"]])

    async def _of(self, operation: str, sale: Record) -> list[Record]:
        told = await self._reader.all(operation, MODEL, [["origin", "=", f"{MODEL},{sale['id']}"]], ("state",))
        return [row for row in told.rows if row["state"] != "cancelled"]
