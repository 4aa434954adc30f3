"""Rows of news about handed-over work, and receipts, made into ours."""

from datetime import datetime
from typing import get_args

from adapters.mapping.articles import whole
from adapters.mapping.figures import bounded, item
from adapters.mapping.moments import instant
from adapters.mapping.places import one_of
from adapters.mapping.products import not_negative
from adapters.mapping.rows import Values
from gateway.domain.feeds import NewsLine, NewsParcel, Receipt, WorkNews, WorkStep

NEWS_FIELDS = ("event", "reference", "step", "at", "source_reference", "sequence", "reason", "lines", "parcels", "expected_at")
NEWS_NEEDED = (("event",), ("reference",), ("step",), ("at",))
RECEIPT_FIELDS = ("reference", "acknowledged_at", "sequence")
STEPS: tuple[WorkStep, ...] = get_args(WorkStep)


def news(values: Values) -> WorkNews:
    return WorkNews(
        event=values.needed("event"),
        reference=values.needed("reference"),
        step=values.must("step", lambda value: one_of(value, STEPS)),
        at=values.must("at", instant),
        source_reference=values.text("source_reference"),
        sequence=values.converted("sequence", whole),
        reason=values.text("reason"),
        lines=tuple(line(one) for one in values.rows("lines")),
        parcels=tuple(parcel(one, number) for number, one in enumerate(values.rows("parcels"), 1)),
        expected_at=values.converted("expected_at", instant),
    )


def line(values: Values) -> NewsLine:
    return NewsLine(item(values), values.must("quantity", bounded))


def parcel(values: Values, number: int) -> NewsParcel:
    return NewsParcel(
        number=values.text("number") or values.text("tracking_number") or str(number),
        carrier=values.text("carrier"),
        tracking_number=values.text("tracking_number"),
        tracking_url=values.text("tracking_url"),
        weight_g=values.converted("weight_g", not_negative),
        lines=tuple(line(one) for one in values.rows("lines")),
    )


def receipt(values: Values, now: datetime) -> Receipt:
    """Return the source's word; acknowledged now where it tells no time."""
    return Receipt(values.text("reference"), values.converted("acknowledged_at", instant) or now, values.converted("sequence", whole))
