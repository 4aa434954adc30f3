"""What a source tells of work that was handed to it, taken into the order: it may skip steps forward, never go back.

A repeat changes nothing, and neither does news that comes after later news.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from gateway.domain.catalogue import Product
from gateway.domain.errors import InvalidInput
from gateway.domain.feeds import Item, NewsParcel, WorkNews, WorkStep
from gateway.domain.ids import Sku, SourceCode
from gateway.domain.lifecycle import FulfillmentState, UnitState, may_skip_to
from gateway.domain.messages import name_at
from gateway.domain.order import SYSTEM, Actor, Fulfillment, Order, Parcel
from gateway.domain.order_terms import RejectionReason
from gateway.domain.ordering.accepting import LineAnswer
from gateway.domain.ordering.canceling import given_back
from gateway.domain.ordering.collecting import handed_over, not_collected
from gateway.domain.ordering.history import no_longer, told
from gateway.domain.ordering.postponing import Later, postponed, with_moved_promise
from gateway.domain.ordering.preparing import found_in, laid_ready
from gateway.domain.ordering.refusing import SENTENCE, Refusal, refused
from gateway.domain.ordering.sending import Outcome, arrived, gone, open_parcels
from gateway.domain.ordering.troubles import going_on, unread
from gateway.domain.ordering.units import AT_WORK, moved, units_of
from gateway.domain.ordering.working import Word, advanced, in_state, with_work, work_named
from gateway.domain.quantities import SkuQuantity

WAITING: frozenset[UnitState] = frozenset({"OFFERED"})
ANSWERABLE: frozenset[FulfillmentState] = frozenset({"OFFERED", "ACCEPTED"})
REFUSABLE: frozenset[FulfillmentState] = frozenset({"OFFERED", "ACCEPTED", "PICKED"})
ON_THE_SHELF: frozenset[FulfillmentState] = frozenset({"OFFERED", "ACCEPTED"})


@dataclass(frozen=True, slots=True)
class Names:
    """How the source names articles: the order's own products, and the source."""

    source: SourceCode
    products: Mapping[Sku, Product]

    def sku(self, item: Item) -> Sku:
        """Return our sku of an article of the order; raises InvalidInput for one that the order has not."""
        for sku, product in self.products.items():
            known = (item.sku == sku, item.gtin is not None and item.gtin == product.gtin)
            if any(known) or (item.code is not None and item.code == name_at(self.source, product.external_ids)):
                return sku
        raise InvalidInput(f"The order has no article {item}.", field=None)


@dataclass(frozen=True, slots=True)
class Telling:
    """One piece of news about one fulfillment, with what it takes to read it."""

    news: WorkNews
    names: Names
    word: Word
    hold: timedelta

    @property
    def units(self) -> dict[Sku, int]:
        """Units by sku that the news is about; empty: all."""
        units: dict[Sku, int] = {}
        for line in self.news.lines:
            sku = self.names.sku(line.item)
            units[sku] = units.get(sku, 0) + line.quantity
        return units


def with_news(order: Order, news: WorkNews, now: datetime, names: Names, hold: timedelta, actor: Actor = SYSTEM) -> Order:
    """Return the order after news of the fulfillment that it names; the very same order when it tells nothing new."""
    work = work_named(order, news.reference)
    telling = Telling(news, names, Word(min(news.at, now), actor), hold)
    if news.step != "UNREAD":
        order = no_longer(order, "HAND_OVER_UNKNOWN", work.number)
    return READINGS[news.step](order, work_named(order, news.reference), telling)


def unchanged(order: Order, _work: Fulfillment, _telling: Telling) -> Order:
    return order


def shares(order: Order, work: Fulfillment, units: Mapping[Sku, int], states: frozenset[UnitState] = AT_WORK) -> dict[str, int]:
    """Return units by line: as many of these skus as the lines have in `states`; all of them when no sku is named."""
    left = dict(units)
    found = {}
    for line in work.lines:
        most = units_of(order, work, line, states)
        found[line.id] = most if not units else min(most, left.get(line.sku, 0))
        left[line.sku] = left.get(line.sku, 0) - found[line.id]
    return found


def acceptance(order: Order, work: Fulfillment, telling: Telling) -> Order:
    """Accept what is named; lines that are not keep waiting for news of their own."""
    part = shares(order, work, telling.units, WAITING)
    if work.state not in ANSWERABLE or not any(part.values()):
        return order
    for line in work.lines:
        order = moved(order, work, line, part[line.id], "ACCEPTED", WAITING)
    return begun(order, work, telling.word)


def begun(order: Order, work: Fulfillment, word: Word) -> Order:
    if work.state == "ACCEPTED":
        return order
    order = in_state(order, work.number, "ACCEPTED", word)
    return told(order, "FULFILLMENT_ACCEPTED", "The order is being prepared.", word.at, word.actor, work.number)


def postponement(order: Order, work: Fulfillment, telling: Telling) -> Order:
    """Note units that come later, with their date."""
    part = shares(order, work, telling.units, frozenset({"OFFERED", "ACCEPTED"}))
    expected_at = telling.news.expected_at
    if work.state not in ANSWERABLE or not any(part.values()) or expected_at is None:
        return order
    before = order
    for line in work.lines:
        if part[line.id]:
            order = postponed(order, work, line, [Later(part[line.id], expected_at)])
    return with_moved_promise(before, begun(order, work, telling.word), work.number, telling.word)


def refusal(order: Order, work: Fulfillment, telling: Telling) -> Order:
    """Refuse what is named; a repeat finds it refused already."""
    if work.state not in REFUSABLE:
        return order
    part = shares(order, work, telling.units)
    if telling.units:
        part = unrefused(work, telling.units, part)
    refusals = [Refusal(line, part[line.id], reason_of(telling.news)) for line in work.lines]
    return refused(order, work, refusals, telling.word)


def unrefused(work: Fulfillment, units: Mapping[Sku, int], part: Mapping[str, int]) -> dict[str, int]:
    left = dict(units)
    for line in work.lines:
        left[line.sku] = left.get(line.sku, 0) - line.rejected
    found = {}
    for line in work.lines:
        found[line.id] = max(0, min(part[line.id], left[line.sku]))
        left[line.sku] -= found[line.id]
    return found


def reason_of(news: WorkNews) -> RejectionReason:
    return next((reason for reason in SENTENCE if reason == news.reason), "OTHER")


def progress(to: FulfillmentState) -> Callable[[Order, Fulfillment, Telling], Order]:
    """Return the reading of news that a step of the work itself was done; units that it leaves out were not found."""

    def read(order: Order, work: Fulfillment, telling: Telling) -> Order:
        if not may_skip_to(work.task, work.state, to):
            return order
        order = with_finds(order, work, telling)
        if work_named(order, work.number).state == "REJECTED":
            return order
        return PROGRESS[to](with_parcels(order, work.number, telling), work.number, telling)

    return read


def with_finds(order: Order, work: Fulfillment, telling: Telling) -> Order:
    """Return the order with the units that the news names found and the others missing, if nobody has said so before."""
    if work.state not in ON_THE_SHELF:
        return order
    found = shares(order, work, telling.units if telling.news.step != "COLLECTED" else {})
    return found_in(order, work, {line: LineAnswer(line, units) for line, units in found.items()}, telling.word)


def with_parcels(order: Order, number: str, telling: Telling) -> Order:
    """Return the order with the parcels that the news tells of; one that was packed here keeps what it holds."""
    work = work_named(order, number)
    if not telling.news.parcels:
        return order
    known = {parcel.number: parcel for parcel in work.parcels}
    same = len(known) == len(telling.news.parcels)
    old = [known.get(told_of.number) or (work.parcels[n] if same else None) for n, told_of in enumerate(telling.news.parcels)]
    everything = content(order, work) if len(telling.news.parcels) == 1 else ()
    parcels = tuple(parcel_of(told_of, before, telling, everything) for told_of, before in zip(telling.news.parcels, old, strict=True))
    return with_work(order, replace(work, parcels=parcels))


def content(order: Order, work: Fulfillment) -> tuple[SkuQuantity, ...]:
    units: dict[Sku, int] = {}
    for line in work.lines:
        units[line.sku] = units.get(line.sku, 0) + units_of(order, work, line)
    return tuple(SkuQuantity(sku, quantity) for sku, quantity in units.items() if quantity)


def parcel_of(news: NewsParcel, before: Parcel | None, telling: Telling, everything: tuple[SkuQuantity, ...]) -> Parcel:
    base = before or Parcel(news.number)
    named = tuple(SkuQuantity(telling.names.sku(line.item), line.quantity) for line in news.lines)
    return replace(
        base,
        lines=named or base.lines or everything,
        carrier_service=news.carrier or base.carrier_service,
        tracking_number=news.tracking_number or base.tracking_number,
        tracking_url=news.tracking_url or base.tracking_url,
        weight_g=news.weight_g or base.weight_g,
    )


def on_its_way(order: Order, number: str, telling: Telling) -> Order:
    work = work_named(order, number)
    parcels = work.parcels or (Parcel(f"{number}-P1", content(order, work), work.carrier_service),)
    left = tuple(replace(parcel, shipped_at=parcel.shipped_at or telling.word.at) for parcel in parcels)
    return gone(with_work(order, replace(work, parcels=left)), number, telling.word)


def at_its_end(order: Order, number: str, telling: Telling) -> Order:
    """Note that everything of the work arrived, or did not."""
    work = work_named(order, number)
    if work.state != "SHIPPED":
        order = on_its_way(order, number, telling)
        work = work_named(order, number)
    outcome: Outcome = "DELIVERED" if telling.news.step == "DELIVERED" else "LOST"
    return arrived(order, work, outcome, open_parcels(work, None), telling.word)


def packed_up(order: Order, number: str, telling: Telling) -> Order:
    order = advanced(order, number, "PACKED", telling.word)
    return told(order, "FULFILLMENT_PROGRESSED", "It is packed.", telling.word.at, telling.word.actor, number)


def taken_away(order: Order, number: str, telling: Telling) -> Order:
    work = work_named(order, number)
    if work.ready_at is None:
        order = laid_ready(order, number, telling.hold, telling.word)
        work = work_named(order, number)
    return handed_over(order, work, shares(order, work, telling.units), telling.word)


def left_behind(order: Order, number: str, telling: Telling) -> Order:
    return not_collected(order, number, telling.word)


def laid_out(order: Order, number: str, telling: Telling) -> Order:
    return laid_ready(order, number, telling.hold, telling.word)


def no_more(order: Order, _number: str, _telling: Telling) -> Order:
    return order


def withdrawal(order: Order, work: Fulfillment, telling: Telling) -> Order:
    """Take work back that its place has given up: as it was asked to, or of its own accord."""
    return given_back(order, work.number, telling.word.at, telling.word.actor) if may_skip_to(work.task, work.state, "CANCELED") else order


PROGRESS: Mapping[FulfillmentState, Callable[[Order, str, Telling], Order]] = MappingProxyType(
    {
        "PICKED": no_more,
        "PACKED": packed_up,
        "SHIPPED": on_its_way,
        "DELIVERED": at_its_end,
        "UNDELIVERABLE": at_its_end,
        "READY_FOR_PICKUP": laid_out,
        "COLLECTED": taken_away,
        "NOT_COLLECTED": left_behind,
    }
)


READINGS: Mapping[WorkStep, Callable[[Order, Fulfillment, Telling], Order]] = MappingProxyType(
    {
        "ACKNOWLEDGED": unchanged,
        "ACCEPTED": acceptance,
        "BACKORDERED": postponement,
        "REJECTED": refusal,
        "CANCELED": withdrawal,
        "PICKED": progress("PICKED"),
        "PACKED": progress("PACKED"),
        "SHIPPED": progress("SHIPPED"),
        "DELIVERED": progress("DELIVERED"),
        "UNDELIVERABLE": progress("UNDELIVERABLE"),
        "READY_FOR_PICKUP": progress("READY_FOR_PICKUP"),
        "COLLECTED": progress("COLLECTED"),
        "NOT_COLLECTED": progress("NOT_COLLECTED"),
        "KEPT": lambda order, work, telling: going_on(order, work, telling.names.source, telling.word.at),
        "UNREAD": lambda order, work, telling: unread(order, work, telling.names.source, telling.word.at),
        "READ": unchanged,
    }
)
