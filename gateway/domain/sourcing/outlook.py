"""What it costs a place to give units away, and what it spares it: stock-outs and markdowns from Poisson demand at its counter."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from math import ceil, erf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.domain.ids import LocationCode
from gateway.domain.sourcing.problem import Outlook
from gateway.domain.sourcing_terms import CostTerms

SMALLEST = Decimal("0.0001")
"""Expected costs are rounded to this."""
TAIL = 10.0
"""Standard deviations past which a probability counts as 1."""
MOST_SUMMED = 500.0
"""Means past which the normal distribution stands for Poisson's (its error is under 0.01 there)."""
Figures = NDArray[np.float64]
Units = NDArray[np.int64]
_phi = np.vectorize(lambda z: (1 + erf(z / sqrt(2))) / 2, otypes=[np.float64])


def at_most(mean: Figures, units: Units) -> Figures:
    """Return the probability that Poisson demand is no more than `units` (means x cases, for each mean its own)."""
    largest = float(np.max(mean)) if len(mean) else 0.0
    most = max(0, min(ceil(largest + TAIL * sqrt(largest) + TAIL), int(np.max(units)) if units.size else 0))
    table = np.empty((most + 1, len(mean)))
    term = np.exp(-mean)
    table[0] = term
    for count in range(1, most + 1):
        term = term * (mean / count)
        np.add(table[count - 1], term, out=table[count])
    probability = np.minimum(table[np.clip(units, 0, most), np.arange(len(mean))[:, None]], 1.0)
    large = mean > MOST_SUMMED
    if large.any():
        probability[large] = _phi((units[large] + 0.5 - mean[large, None]) / np.sqrt(mean[large, None]))
    probability[units < 0] = 0.0
    return probability


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a place's stock of a sku meets: its velocity, and the days until supply and until the markdown; shown with the costs."""

    per_day: float
    replenished_in_days: float
    markdown_in_days: float | None
    margin: Decimal
    markdown_loss: Decimal


def expectation(outlook: Outlook, terms: CostTerms, place: LocationCode) -> Expectation | None:
    """Return what is expected at a place; None where nothing is sold over a counter."""
    per_day = outlook.per_day.get(place)
    if per_day is None:
        return None
    days = outlook.replenished_in_days.get(place, terms.replenished_after / timedelta(days=1))
    return Expectation(per_day, days, outlook.markdown_in_days, outlook.margin, outlook.markdown_loss)


def risks(outlook: Outlook, terms: CostTerms, place: LocationCode, have: int, most: int) -> tuple[list[Decimal], list[Decimal]]:
    """Return by units given away, from 0 to `most`, the stock-out cost and the markdown credit (negative) of a place that has `have`."""
    stock_out, markdown = risk_table(outlook, terms, [place], np.array([have], np.int64), most)
    return [int(each) * SMALLEST for each in stock_out[0]], [int(each) * SMALLEST for each in markdown[0]]


def risk_table(outlook: Outlook, terms: CostTerms, places: list[LocationCode], have: Units, most: int) -> tuple[Units, Units]:
    """Return `risks` of many places at once, in ten-thousandths of the currency: (places, units given away).

    stock-out = P(demand before supply > what is left) x margin. Of n units given away each spares its markdown with the probability that
    demand until that date would not have reached it: the last unit of `have` first.
    """
    told: list[Any] = [outlook.per_day.get(place) for place in places]
    sells = np.array([each is not None for each in told], bool)
    per_day = np.array([each or 0.0 for each in told])
    left = have[:, None] - np.arange(1, most + 1)[None, :]
    days = terms.replenished_after / timedelta(days=1)
    if outlook.replenished_in_days:
        waits: Any = np.array([outlook.replenished_in_days.get(place, days) for place in places])
    else:
        waits = days
    out = (1 - at_most(per_day * waits, left)) * float(outlook.margin)
    spared = np.zeros_like(out)
    if outlook.markdown_in_days is not None:
        spared = np.cumsum(at_most(per_day * max(0.0, outlook.markdown_in_days), left), axis=1) * float(outlook.markdown_loss)
    return _rounded(out, sells), -_rounded(spared, sells)


def _rounded(money: Figures, sells: NDArray[np.bool_]) -> Units:
    """Return ten-thousandths, with a column of zeros for no units before, and nothing where nothing is sold."""
    rounded = np.where(sells[:, None], np.rint(money * 10_000), 0).astype(np.int64)
    return np.concatenate([np.zeros((len(money), 1), np.int64), rounded], axis=1)
