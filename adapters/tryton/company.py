"""The company that a database keeps its books for: prices and accounts are told for a company, and for none without it."""

from dataclasses import dataclass

from adapters.tryton.client import Reader
from gateway.domain.errors import SourceRejected


@dataclass(frozen=True, slots=True)
class Company:
    """Its number, and that of its currency."""

    id: int
    currency: int


class Books:
    """Reads the company once: the one that the network file names, else the first."""

    def __init__(self, reader: Reader, wanted: int | None) -> None:
        self._reader, self._wanted = reader, wanted
        self._known: Company | None = None

    async def company(self, operation: str) -> Company:
        if self._known is None:
            domain = [] if self._wanted is None else [["id", "=", self._wanted]]
            told = await self._reader.all(operation, "company.company", domain, ("currency",))
            if not told.rows:
                raise SourceRejected(self._reader.source, "has no company that our key may read; name its number in options.company")
            self._known = Company(told.rows[0]["id"], told.rows[0]["currency"])
        return self._known

    async def context(self, operation: str) -> dict[str, int]:
        return {"company": (await self.company(operation)).id}
