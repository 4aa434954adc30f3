"""Listings: many first dates at once, each what the quote of one unit says, under any profile."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.retailer import NOW, baskets, retailer
from gateway.domain.ids import Sku
from gateway.domain.promise.listing import LISTED_METHODS, earliest_deliveries
from gateway.domain.promise.options import Destination, PromiseFacts, PromiseRequest
from gateway.domain.promise.passages import Passages
from gateway.domain.promise.quote import delivery_options
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.problem import Outlook
from gateway.domain.sourcing_terms import CostTerms, PlaceCosts, SourcingProfile, Strategy
from gateway.domain.stock import Inbound

STOCKED = retailer(places=30, skus=10)
FACTS = replace(
    STOCKED,
    # the last article is heavier than any band takes
    weight_g_by_sku={**STOCKED.weight_g_by_sku, tuple(STOCKED.positions)[-1]: 60_000},
    volume_cm3_by_sku={sku: 4_000 * n for n, sku in enumerate(STOCKED.positions)},
    carriers={
        code: replace(one, services=tuple(replace(product, max_volume_cm3=16_000 * n or None) for n, product in enumerate(one.services)))
        for code, one in STOCKED.carriers.items()
    },
)
SKUS = tuple(FACTS.positions)
PLACES = [basket.destination for basket in baskets(FACTS, 8, 1) if basket.destination]
FIRST = tuple(FACTS.locations)[:5]
DEAR = (PlaceCosts(kind="STORE", penalty=Decimal(3)), PlaceCosts(FIRST[0], per_unit=Decimal(9)))
PROFILES = (
    SourcingProfile("plain"),
    SourcingProfile("hurried", costs=CostTerms(lateness_per_day=Decimal(50)), tolerance_days=(0, 1)),
    SourcingProfile("near", strategies=(Strategy("near", max_distance_m=40_000), Strategy("any", fallback=True)), tolerance_days=(0, 2)),
    SourcingProfile("own", strategies=(Strategy("few", locations=FIRST), Strategy("stores", kinds=("STORE",)))),
    SourcingProfile("dear", costs=CostTerms(places=DEAR)),
    SourcingProfile("patient", costs=CostTerms(lateness_per_day=Decimal("0.1"), places=DEAR), tolerance_days=(1, 3)),
)
PER_DAY = {code: 0.3 * (n % 4) for n, code in enumerate(FACTS.locations)}
OUTLOOK = Outlook(per_day=PER_DAY, margin=Decimal(8), markdown_in_days=20, markdown_loss=Decimal(6))


def sold_out(known: PromiseFacts, gone: Sku | None) -> PromiseFacts:
    """Let a sku be at hand nowhere; what is to come stays."""
    left = {sku: tuple(replace(at, stated=0) for at in found) if sku == gone else found for sku, found in known.positions.items()}
    return replace(known, positions=left)


def expecting(known: PromiseFacts, after_h: int | None) -> PromiseFacts:
    """Let more of everything come to some places, after so many hours."""
    if after_h is None:
        return known
    lots = (Inbound("PURCHASE_ORDER", 2, 2, NOW + timedelta(hours=after_h), lot="soon"),)
    more = {
        sku: tuple(replace(at, inbound=lots) if n % 4 == 1 else at for n, at in enumerate(all_)) for sku, all_ in known.positions.items()
    }
    return replace(known, positions=more)


@given(
    st.sampled_from(PROFILES),
    st.sampled_from([None, OUTLOOK]),
    st.sampled_from(PLACES),
    st.integers(-300, 60 * 24 * 4),
    st.one_of(st.none(), st.sampled_from(SKUS)),
    st.sampled_from([None, Passages()]),
    st.sampled_from([None, 2, 30, 80]),
    st.lists(st.sampled_from([-5, 7, 50, 24 * 70]), max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_a_listing_says_what_the_quotes_of_one_unit_say(
    profile: SourcingProfile,
    outlook: Outlook | None,
    place: Destination,
    minutes: int,
    gone: Sku | None,
    memory: Passages | None,
    after_h: int | None,
    opens_h: list[int],
) -> None:
    now = NOW + timedelta(minutes=minutes)
    known = replace(
        sold_out(expecting(FACTS, after_h), gone), profile=profile, outlook_by_sku=dict.fromkeys(SKUS, outlook) if outlook else {}
    )
    known = replace(known, released_at={sku: NOW + timedelta(hours=hours) for sku, hours in zip(SKUS, opens_h, strict=False)})
    listed = earliest_deliveries(SKUS, place, replace(known, passages=memory), now)
    told = {(each.sku, each.service.code): (each.earliest, each.latest, each.order_before) for each in listed}
    for sku in SKUS:
        request = PromiseRequest((SkuQuantity(sku, 1),), place, methods=tuple(LISTED_METHODS))
        quotes = delivery_options(request, known, now).options
        expected = {(sku, each.service.code): (each.earliest, each.latest, each.order_before) for each in quotes}
        assert {key: told.get(key) for key in expected} == expected
        assert all(told.pop(key) for key in expected)
    assert told == {}
