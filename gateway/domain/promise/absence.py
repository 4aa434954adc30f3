"""Why a service is not on offer, in the words that help most."""

from collections.abc import Callable, Iterable, Sequence

from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import Sku
from gateway.domain.network import DeliveryService
from gateway.domain.promise.basket import Basket
from gateway.domain.promise.options import PromiseFacts, UnavailableMethod
from gateway.domain.sourcing.problem import Candidate

MOST_TELLING: tuple[ExclusionReason, ...] = (
    "TOO_LATE",
    "CAPACITY_FULL",
    "NOT_FOUND_IN_TIME",
    "SPLIT_NOT_ALLOWED",
    "TOO_HEAVY",
    "OUT_OF_AREA",
    "REFUSED_BEFORE",
    "EXCLUDED_BY_CALLER",
    "NOT_OFFERED",
    "LOCATION_INACTIVE",
    "NOT_IN_CHANNEL",
)
"""Of several fences before places that have the goods, the one nearest to a yes is told."""
TELLING_RANK: dict[ExclusionReason | None, int] = {reason: rank for rank, reason in enumerate(MOST_TELLING)}

NAMED_SKUS = 5
"""Most skus that a message names; all stand in its data."""


def absent(service: DeliveryService, reason: ExclusionReason, message: str, skus: Sequence[Sku] = ()) -> UnavailableMethod:
    return UnavailableMethod(service.method, service.code, reason, message, tuple(skus))


def stock_absence(
    service: DeliveryService, facts: PromiseFacts, basket: Basket, total: Callable[[Sku], int] | None = None
) -> UnavailableMethod | None:
    """Return what is told when the channel's places do not have the goods at all; an outage is told apart from an empty shelf.

    `total`: what can be had of a sku; what is at hand, where it is not told.
    """
    had = total or basket.total
    short = [line for line in basket.lines if had(line.sku) < line.quantity]
    if not short:
        return None
    skus = [line.sku for line in short]
    if all(had(line.sku) + basket.total_withheld(line.sku) >= line.quantity for line in short):
        return absent(service, "STALE_STOCK", "The figures of some stock are too old to promise it.", skus)
    if all(sku in facts.unknown for sku in skus):
        return absent(service, "SOURCE_DOWN", "A system that may hold stock is away, and its figures were never known.", skus)
    return absent(service, "NO_STOCK", f"There is not enough stock of {_named(skus)}.", skus)


def fenced(service: DeliveryService, fence: Candidate | None, short: Sequence[Sku]) -> UnavailableMethod:
    """Return what is told when goods lie somewhere, but behind fences; `fence`: the place behind the most telling one."""
    if fence is not None and fence.excluded_by is not None:
        return absent(service, fence.excluded_by, fence.detail or "", short)
    return absent(service, "NO_STOCK", f"The places that can serve this have not enough stock of {_named(short)}.", short)


def most_telling(candidates: Iterable[Candidate], from_reason: ExclusionReason = MOST_TELLING[0]) -> Candidate | None:
    """Return the place whose fence is told, of equal ones the first; None: no fence is worth telling.

    `from_reason`: none of them has a more telling one, so that one with it ends the search.
    """
    best, least = None, len(MOST_TELLING)
    for candidate in candidates:
        rank = TELLING_RANK.get(candidate.excluded_by, least)
        if rank < least:
            best, least = candidate, rank
        if candidate.excluded_by == from_reason:
            break
    return best


def _named(skus: Sequence[Sku]) -> str:
    shown, more = ", ".join(skus[:NAMED_SKUS]), len(skus) - NAMED_SKUS
    return f"{shown} and {more} more" if more > 0 else shown
