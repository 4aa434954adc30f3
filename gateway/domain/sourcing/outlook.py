"""What it costs a place to give units away, and what it spares it: stock-outs and markdowns from Poisson demand at its counter."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
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
MOST_TABLES = 256
"""So many are remembered; one of 500 places takes some 30 kB."""
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
    per_day = np.array([each or 0.0 for each in told], float)
    days = terms.replenished_after / timedelta(days=1)
    if outlook.replenished_in_days:
        waits = np.array([outlook.replenished_in_days.get(place, days) for place in places], float)
    else:
        waits = np.full(len(places), days)
    money = float(outlook.margin), outlook.markdown_in_days, float(outlook.markdown_loss)
    return _reckoned(per_day.tobytes(), sells.tobytes(), waits.tobytes(), have.tobytes(), most, *money)


@lru_cache(maxsize=MOST_TABLES)
def _reckoned(
    per_day: bytes, sells: bytes, waits: bytes, have: bytes, most: int, margin: float, markdown_in_days: float | None, markdown_loss: float
) -> tuple[Units, Units]:
    """Reckon a table from all that decides it: the same shelves are looked at for one order after the other."""
    rates, told = np.frombuffer(per_day), np.frombuffer(sells, bool)
    left = np.frombuffer(have, np.int64)[:, None] - np.arange(1, most + 1)[None, :]
    out = (1 - at_most(rates * np.frombuffer(waits), left)) * margin
    spared = np.zeros_like(out)
    if markdown_in_days is not None:
        spared = np.cumsum(at_most(rates * max(0.0, markdown_in_days), left), axis=1) * markdown_loss
    tables = _rounded(out, told), -_rounded(spared, told)
    for table in tables:
        table.flags.writeable = False
    return tables


def _rounded(money: Figures, sells: NDArray[np.bool_]) -> Units:
    """Return ten-thousandths, with a column of zeros for no units before, and nothing where nothing is sold."""
    rounded = np.where(sells[:, None], np.rint(money * 10_000), 0).astype(np.int64)
    return np.concatenate([np.zeros((len(money), 1), np.int64), rounded], axis=1)
