"""Made-up sourcing problems: a basket over many places with weight bands, two ways each, lateness, stock-outs and markdowns."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from gateway.domain.ids import LocationCode, Sku, SourceCode
from gateway.domain.location import Location, LocationKind
from gateway.domain.network import WeightBand
from gateway.domain.quantities import SkuQuantity
from gateway.domain.sourcing.problem import Candidate, Outlook, Problem, Way
from gateway.domain.sourcing_terms import CostTerms, PlaceCosts, SplitPolicy

NOW = datetime(2025, 6, 26, 8, tzinfo=UTC)
PARCEL = (WeightBand(500, Decimal("4.95")), WeightBand(2000, Decimal("6.40")), WeightBand(10_000, Decimal("9.90")))
EXPRESS = (WeightBand(1000, Decimal("9.50")), WeightBand(5000, Decimal("14.20")))
TERMS = CostTerms(per_parcel=Decimal("1.20"), per_unit=Decimal("0.30"), places=(PlaceCosts(kind="STORE", penalty=Decimal("0.80")),))
KINDS: tuple[LocationKind, ...] = ("STORE", "STORE", "STORE", "STORE", "WAREHOUSE")


def way(service: str, bands: tuple[WeightBand, ...], most_g: int | None, late_days: int) -> Way:
    arrives_at = NOW + timedelta(days=2 + late_days)
    return Way(service, NOW, arrives_at, arrives_at, bands, most_g, late_days)


WAYS = tuple((way("post/parcel", PARCEL, None, days), way("post/express", EXPRESS, 5000, max(0, days - 1))) for days in range(4))


def basket(lines: int, places: int, seed: int, policy: SplitPolicy | None = None) -> Problem:
    """Return a basket that can be had: of each sku some places have it whole."""
    dice = random.Random(seed)
    skus = [Sku(f"S{number}") for number in range(lines)]
    candidates = tuple(candidate(dice, number, skus) for number in range(places))
    shops = [each.location.code for each in candidates if each.location.kind == "STORE"]
    asked = Problem(
        lines=tuple(SkuQuantity(sku, dice.choice((1, 1, 1, 2, 3))) for sku in skus),
        candidates=candidates,
        terms=TERMS,
        weight_g_by_sku={sku: dice.choice((150, 400, 900, 2600)) for sku in skus},
        policy=policy or SplitPolicy(),
        value_by_sku={sku: Decimal(dice.choice((15, 40, 90))) for sku in skus},
    )
    return replace(asked, outlook_by_sku={sku: outlook(dice, shops, asked.value_by_sku[sku]) for sku in skus})


def candidate(dice: random.Random, number: int, skus: list[Sku]) -> Candidate:
    kind = dice.choice(KINDS)
    place = Location(LocationCode(f"L{number}"), f"Place {number}", kind, "UTC", SourceCode("s"))
    return Candidate(place, {sku: dice.choice((0, 0, 1, 3, 8)) for sku in skus}, dice.choice(WAYS))


def outlook(dice: random.Random, shops: list[LocationCode], price: Decimal) -> Outlook:
    return Outlook(
        per_day={shop: dice.choice((0.01, 0.05, 0.2, 0.6)) for shop in shops},
        margin=price * Decimal("0.4"),
        markdown_in_days=dice.choice((None, 20.0, 60.0)),
        markdown_loss=price * Decimal("0.5"),
    )
