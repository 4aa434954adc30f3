"""What a simulation found, as rows of a table, as JSON and as a plot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Any
from xml.sax.saxutils import escape

from gateway.domain.quantities import smallest
from gateway.domain.simulation import Comparison, Totals

HUNDREDTH = Decimal("0.01")
BINS = 21
WIDTH, HEIGHT, LEFT, BAR = 640, 420, 170, 26


@dataclass(frozen=True, slots=True)
class Row:
    """One measure under the profile that holds, and under the one that was tried."""

    name: str
    held: Decimal
    tried: Decimal

    @property
    def difference(self) -> Decimal:
        return self.tried - self.held

    @property
    def share(self) -> float:
        return float(self.difference / self.held) if self.held else 0.0


def rows(found: Comparison, currency: str) -> list[Row]:
    def row(name: str, held: object, tried: object, step: Decimal = HUNDREDTH) -> Row:
        return Row(name, rounded(held, step), rounded(tried, step))

    one, other = found.held, found.tried
    return [
        row("cost", one.cost, other.cost, smallest(currency)),
        row("cost per order", per_order(one), per_order(other), smallest(currency)),
        row("parcels", one.parcels, other.parcels),
        row("splits", one.splits, other.splits),
        row("late days", one.late_days, other.late_days),
        row("late orders", one.late_orders, other.late_orders),
        row("store share, %", one.store_share * 100, other.store_share * 100),
        row("markdown units", one.markdown_units, other.markdown_units),
    ]


def per_order(total: Totals) -> Decimal:
    return total.cost / total.orders if total.orders else Decimal(0)


def rounded(value: object, step: Decimal) -> Decimal:
    return Decimal(str(value)).quantize(step, ROUND_HALF_UP)


def as_json(found: Mapping[str, Comparison], about: dict[str, Any]) -> dict[str, Any]:
    return {**about, "currencies": [_part_as_json(currency, part) for currency, part in found.items()]}


def _part_as_json(currency: str, found: Comparison) -> dict[str, Any]:
    return {
        "currency": currency,
        "ordersCompared": found.held.orders,
        "onlyHeldSources": found.only_held,
        "onlyTriedSources": found.only_tried,
        "neitherSources": found.neither,
        "measures": {
            row.name: {"held": str(row.held), "tried": str(row.tried), "difference": str(row.difference)} for row in rows(found, currency)
        },
        "costDifferencePerOrder": [
            {"from": str(low), "to": str(high), "orders": count} for low, high, count in bins(found.differences, currency)
        ],
    }


def bins(differences: Sequence[Decimal], currency: str) -> list[tuple[Decimal, Decimal, int]]:
    """Return how many orders differ by how much, in steps of the same width about 0."""
    if not differences:
        return []
    unit = smallest(currency)
    farthest = max(abs(min(differences)), abs(max(differences)), unit)
    step = (farthest * 2 / BINS).quantize(unit, ROUND_UP)
    low = -step * BINS / 2
    counts = [0] * BINS
    for amount in differences:
        counts[min(BINS - 1, max(0, int((amount - low) // step)))] += 1
    return [(low + step * n, low + step * (n + 1), count) for n, count in enumerate(counts)]


def as_svg(found: Mapping[str, Comparison], title: str) -> str:
    """Return a drawing by currency: by how many per cent each measure differs, and how many orders by how much of cost."""
    height = HEIGHT * max(1, len(found))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
    ]
    for n, (currency, part) in enumerate(found.items()):
        heading = f"{title}, {part.held.orders} orders in {currency}"
        parts += [f'<g transform="translate(0 {HEIGHT * n})">', f'<text x="10" y="20" font-size="14">{escape(heading)}</text>']
        parts += [*_bars(rows(part, currency)), *_histogram(bins(part.differences, currency)), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bars(measures: Sequence[Row]) -> list[str]:
    most = max((abs(row.share) for row in measures), default=0.0) or 1.0
    middle, reach = LEFT + 180, 150
    parts = []
    for n, row in enumerate(measures):
        y, length = 36 + n * BAR, abs(row.share) / most * reach
        x = middle - length if row.share < 0 else middle
        text = f"{row.held} → {row.tried} ({row.share:+.1%})"
        parts.append(f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(row.name)}</text>')
        parts.append(f'<rect x="{x:.1f}" y="{y + 3}" width="{length:.1f}" height="{BAR - 10}" fill="{_color(row.share)}"/>')
        parts.append(f'<text x="{middle + reach + 8}" y="{y + 14}" font-size="10">{escape(text)}</text>')
    parts.append(f'<line x1="{middle}" y1="34" x2="{middle}" y2="{36 + len(measures) * BAR}" stroke="black"/>')
    return parts


def _histogram(counts: Sequence[tuple[Decimal, Decimal, int]]) -> list[str]:
    if not counts:
        return []
    top, bottom, most = 272, HEIGHT - 30, max(count for _, _, count in counts)
    width = (WIDTH - 60) / len(counts)
    parts = [f'<text x="10" y="{top - 8}">orders by difference of cost (tried less held)</text>']
    for n, (low, high, count) in enumerate(counts):
        height = count / most * (bottom - top)
        middle = (low + high) / 2
        parts.append(
            f'<rect x="{40 + n * width:.1f}" y="{bottom - height:.1f}" width="{width - 2:.1f}" height="{height:.1f}" '
            f'fill="{_color(float(middle))}"><title>{low:.2f} to {high:.2f}: {count}</title></rect>'
        )
    ends = ((0, counts[0][0], "start"), (len(counts) / 2, Decimal(0), "middle"), (len(counts), counts[-1][1], "end"))
    parts += [f'<text x="{40 + n * width:.1f}" y="{HEIGHT - 12}" text-anchor="{anchor}">{amount:.2f}</text>' for n, amount, anchor in ends]
    return parts


def _color(amount: float) -> str:
    return "#4878a8" if amount < 0 else "#c0622f" if amount > 0 else "#888888"
