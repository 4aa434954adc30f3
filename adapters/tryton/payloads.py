"""Tryton's records in the words of our own, each checked as any source's rows are."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from adapters.mapping.rows import LONGEST_REASON, Maker, RowRefused, Values
from adapters.tryton.articles import gtin_of
from adapters.tryton.client import Record
from gateway.domain.feeds import Item, RejectedRow
from gateway.domain.ids import LocationCode

Row = TypeVar("Row")
Words = Mapping[str, Any]


def made(rows: Iterable[Record], words_of: Callable[[Record], Words], make: Maker[Row]) -> tuple[tuple[Row, ...], tuple[RejectedRow, ...]]:
    """Return our rows and refusals, as they stand in the answer."""
    good: list[Row] = []
    refused: list[RejectedRow] = []
    for index, row in enumerate(rows):
        words: Words = {}
        try:
            words = words_of(row)
            good.append(make(Values(words)))
        except (RowRefused, KeyError, TypeError, ValueError) as error:
            name = next((str(words[key]) for key in ("sku", "gtin", "code") if words.get(key)), str(row.get("id")))
            place = words.get("location")
            refused.append(RejectedRow(index, name, str(error)[:LONGEST_REASON], LocationCode(place) if place else None))
    return tuple(good), tuple(refused)


def product(row: Record, *, with_tax: bool) -> Words:
    """Return a product's words: what it costs with tax where Tryton tells that, else before tax and said to be so."""
    template = row.get("template") or {}
    net, gross = row.get("list_price_used"), row.get("gross_price_used")
    taxed = with_tax and gross is not None
    return {
        "sku": row.get("code"),
        "name": template.get("name"),
        "gtin": gtin_of(row),
        "price": gross if taxed else net,
        "price_includes_tax": taxed,
        "active": bool(row.get("active") and template.get("active") and template.get("salable")),
        "external_id": row["id"],
    }


def warehouse(row: Record, kind: str, services: Iterable[str]) -> Words:
    address = row.get("address") or {}
    return {
        "code": row.get("code") or row["id"],
        "name": row.get("name"),
        "kind": kind,
        "line1": one_line(address.get("street")),
        "postal_code": address.get("postal_code"),
        "city": address.get("city"),
        "country_code": (address.get("country") or {}).get("code"),
        "services": list(services),
        "external_id": row["id"],
    }


def named(item: Item) -> Words:
    return {"sku": item.sku, "gtin": item.gtin, "code": item.code}


def one_line(text: Any) -> str | None:
    return ", ".join(str(text).split("\n")) if text else None


def net_price(paid: Decimal, row: Record, *, with_tax: bool) -> Decimal:
    """Return what a unit costs before tax, by the share that Tryton itself reckons with for this product."""
    net, gross = row.get("list_price_used"), row.get("gross_price_used")
    if with_tax and net and gross:
        paid = paid * Decimal(net) / Decimal(gross)
    return paid.quantize(Decimal("0.0001"))


def noon(day: Any, moment: Callable[[Any], datetime]) -> datetime:
    """Return when something planned for a day is expected. Raises RowRefused for a record without a date."""
    if day is None:
        raise RowRefused("planned_date: is missing")
    return moment(day)
