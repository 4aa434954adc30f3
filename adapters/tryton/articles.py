"""Which article a product record is: its numbers differ from database to database, its GTIN does not."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from adapters.tryton.client import Reader, Record
from gateway.domain.feeds import Item

MODEL = "product.product"
FIELDS = ("code", "identifiers.type", "identifiers.code")
GTIN_TYPES = ("ean", "upc", "isbn", "ismn")
ASKED_AT_ONCE = 200
EVEN_INACTIVE = ["active", "in", [True, False]]


class Articles:
    """The names of products by their ids; those that are not known yet are asked for."""

    def __init__(self, reader: Reader, *, mints: bool) -> None:
        self._reader, self._mints = reader, mints
        self._known: dict[int, Item] = {}

    async def load(self, operation: str) -> None:
        """Read the names of all products anew."""
        told = await self._reader.all(operation, MODEL, [EVEN_INACTIVE], FIELDS)
        self._known = {row["id"]: self.item(row) for row in told.rows}

    async def named(self, operation: str, ids: Iterable[int]) -> Mapping[int, Item]:
        """Return the names of some products; one that was deleted has none."""
        unknown = sorted(set(ids) - self._known.keys())
        for chunk in chunks(unknown):
            told = await self._reader.all(operation, MODEL, [["id", "in", chunk], EVEN_INACTIVE], FIELDS)
            self._known.update({row["id"]: self.item(row) for row in told.rows})
        return self._known

    async def ids_of(self, operation: str, items: Collection[Item]) -> dict[Item, int]:
        """Return the product of each item that is known here: by its GTIN, else by our sku where it is minted here, or its code."""
        rows: list[Record] = []
        gtins, codes = sorted({one.gtin for one in items if one.gtin}), sorted({word for one in items for word in self._codes(one)})
        for name, words in (("identifiers.code", gtins), ("code", codes)):
            for chunk in chunks(words):
                rows += (await self._reader.all(operation, MODEL, [[name, "in", chunk]], FIELDS)).rows
        self._known.update({row["id"]: self.item(row) for row in rows})
        by_gtin = {gtin: row["id"] for row in rows if (gtin := gtin_of(row))}
        by_code = {row["code"]: row["id"] for row in rows if row.get("code")}
        found = {}
        for one in items:
            product = by_gtin.get(one.gtin or "") or next((by_code[word] for word in self._codes(one) if word in by_code), None)
            if product:
                found[one] = product
        return found

    def item(self, row: Record) -> Item:
        code = row.get("code")
        return Item(code if self._mints else None, gtin_of(row), code)

    def _codes(self, item: Item) -> list[str]:
        return [word for word in (item.sku if self._mints else None, item.code) if word]


def gtin_of(row: Record) -> str | None:
    """Return a product's number as the trade knows it; the first of several."""
    identifiers = row.get("identifiers") or []
    return next((str(one["code"]) for one in identifiers if one.get("type") in GTIN_TYPES and one.get("code")), None)


def chunks(words: Sequence[Any]) -> list[list[Any]]:
    return [list(words[start : start + ASKED_AT_ONCE]) for start in range(0, len(words), ASKED_AT_ONCE)]
