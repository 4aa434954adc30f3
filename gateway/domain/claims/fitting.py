"""How the claims of an order become those that are wanted: what is kept, what is dropped, what is added, and for which plan."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.domain.claims.carrying import Pick, Planner
from gateway.domain.claims.documents import Claim, OrderDoc
from gateway.domain.delivery_group import Plan
from gateway.domain.ids import StockKey


class NoOtherPlace:
    """Plans nothing anew: what is short where it was wanted cannot be had."""

    def again(self, short: Sequence[Pick], tried: frozenset[StockKey], free: int, plan: Plan) -> None:  # noqa: ARG002 - a Planner
        return None


@dataclass(frozen=True, slots=True)
class Fit:
    """How the claims of an order become those that are wanted: kept (possibly cut), dropped whole, added."""

    keep: tuple[Claim, ...]
    add: tuple[Pick, ...] = ()
    planner: Planner = field(default_factory=NoOtherPlace)
    plan: Plan = ()

    def dropped(self, claims: Sequence[Claim]) -> tuple[str, ...]:
        kept = {claim.mid for claim in self.keep if claim.units}
        return tuple(claim.mid for claim in claims if claim.mid not in kept)

    def cut(self, claims: Sequence[Claim]) -> tuple[tuple[str, int], ...]:
        units_by_mid = {claim.mid: claim.units for claim in self.keep if claim.units}
        return tuple((claim.mid, units_by_mid[claim.mid]) for claim in claims if units_by_mid.get(claim.mid, claim.units) < claim.units)


Fitting: TypeAlias = Callable[[OrderDoc], Fit | None]
"""Fits an order's claims to what is wanted; None: what is missing cannot be had."""
