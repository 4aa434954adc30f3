"""Rows of stock, of its changes and of supply to come, made into ours."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, get_args

from adapters.mapping.articles import whole
from adapters.mapping.moments import instant
from adapters.mapping.places import location_code, one_of
from adapters.mapping.rows import RowRefused, Values
from gateway.domain.feeds import InboundRow, Item, StockDelta, StockRow
from gateway.domain.stock import InboundKind

ITEM = ("sku", "gtin", "code")
STOCK_FIELDS = ("location", *ITEM, "quantity", "unavailable", "as_of", "sequence")
STOCK_NEEDED = (("location",), ITEM, ("quantity",))
DELTA_FIELDS = ("event", "location", *ITEM, "change", "at", "sequence", "reference")
DELTA_NEEDED = (("event",), ("location",), ITEM, ("change",), ("at",))
INBOUND_FIELDS = ("location", *ITEM, "quantity", "expected_at", "reference", "kind")
INBOUND_NEEDED = (("location",), ITEM, ("quantity",), ("expected_at",), ("reference",))
Negative = Literal["REJECT", "ZERO", "KEEP"]
MOST = 10_000_000


def item(values: Values) -> Item:
    """Return how a row names its article. A GTIN of a source is taken as it stands: a wrong one is simply not known."""
    found = Item(values.text("sku"), values.text("gtin"), values.text("code"))
    if not (found.sku or found.gtin or found.code):
        raise RowRefused("sku, gtin or code: is missing")
    return found


def bounded(value: Any) -> int:
    number = whole(value)
    if abs(number) > MOST:
        raise ValueError(f"{number} cannot be meant; at most {MOST}")
    return number


def stock_maker(negative: Negative) -> Callable[[Values], StockRow]:
    """Return what makes rows of absolute stock; `negative` says what a figure below 0 means."""

    def make(values: Values) -> StockRow:
        quantity, unavailable = values.must("quantity", bounded), values.converted("unavailable", bounded) or 0
        if quantity < 0 and negative == "REJECT":
            raise RowRefused(f"quantity: {quantity} is negative")
        if unavailable < 0:
            raise RowRefused(f"unavailable: {unavailable} is negative")
        return StockRow(
            location=location_code(values.needed("location")),
            item=item(values),
            quantity=max(0, quantity) if negative == "ZERO" else quantity,
            unavailable=min(unavailable, max(0, quantity)) if negative == "ZERO" else unavailable,
            as_of=values.converted("as_of", instant),
            sequence=values.converted("sequence", whole),
        )

    return make


def delta(values: Values) -> StockDelta:
    return StockDelta(
        event=values.needed("event"),
        location=location_code(values.needed("location")),
        item=item(values),
        change=values.must("change", bounded),
        at=values.must("at", instant),
        sequence=values.converted("sequence", whole),
        reference=values.text("reference"),
    )


def inbound(values: Values) -> InboundRow:
    quantity = values.must("quantity", bounded)
    if quantity <= 0:
        raise RowRefused(f"quantity: {quantity} is not positive")
    kinds: tuple[InboundKind, ...] = get_args(InboundKind)
    expected_at: datetime = values.must("expected_at", instant)
    return InboundRow(
        location=location_code(values.needed("location")),
        item=item(values),
        quantity=quantity,
        expected_at=expected_at,
        reference=values.needed("reference"),
        kind=values.converted("kind", lambda value: one_of(value, kinds)) or "PURCHASE_ORDER",
    )
