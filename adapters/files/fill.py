"""Makes the small files that real data lacks: stock, prices, opening hours and supply to come, from a seed.

    python -m adapters.files.fill --products FILE --stores FILE --out DIR --seed N

The same files, options and seed give the same answer. What is a key, and which rows count, are expressions on a row, as in a network file.
"""

import argparse
import csv
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.files.config import Form
from adapters.files.tables import File
from adapters.mapping.expressions import Expression, ExpressionFailed, Words
from gateway.domain.errors import SourceError

PRICES_CENTS = (99, 3999)
STORE_UNITS, DEPOT_UNITS = (1, 24), (40, 400)
WEEKS = (
    "Mo-Th 10:00-19:30; Fr 10:00-20:30; Sa 09:30-20:00; Su 10:00-19:00",
    "Mo-Sa 10:00-20:00",
    "Mo-Fr 10:00-20:00; Sa 09:30-20:00; Su 10:00-19:00",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be made."""

    products: Sequence[str]
    stores: Sequence[str]
    depots: Sequence[str]
    out: Path
    seed: int
    today: date
    stocked: float
    """Share of products that a store has."""


def make(wish: Wish) -> dict[str, int]:
    """Write the files and return how many rows each has."""
    wish.out.mkdir(parents=True, exist_ok=True)
    return {
        "prices.csv": _write(wish, "prices.csv", ("product", "price", "compare_at"), prices(wish)),
        "stock.csv": _write(wish, "stock.csv", ("location", "product", "quantity", "unavailable"), stock(wish)),
        "hours.csv": _write(wish, "hours.csv", ("location", "opening"), hours(wish)),
        "inbound.csv": _write(wish, "inbound.csv", ("location", "product", "quantity", "expected_on", "reference"), inbound(wish)),
    }


def prices(wish: Wish) -> Iterator[tuple[str, ...]]:
    for product in wish.products:
        dice = _dice(wish, "price", product)
        cents = dice.randint(*PRICES_CENTS) // 10 * 10 + 9
        before = cents * dice.randint(110, 150) // 100 if dice.random() < 0.15 else None  # noqa: PLR2004 - every seventh is reduced
        yield product, _euros(cents), _euros(before) if before else ""


def stock(wish: Wish) -> Iterator[tuple[str, ...]]:
    """Yield a row for every product at every place, 0 where it has none: a position that is not told is not known."""
    for place in (*wish.depots, *wish.stores):
        for product in wish.products:
            dice = _dice(wish, place, product)
            depot = place in wish.depots
            has = dice.random() < (0.95 if depot else wish.stocked)
            units = dice.randint(*(DEPOT_UNITS if depot else STORE_UNITS)) if has else 0
            aside = dice.randint(0, min(2, units)) if dice.random() < 0.05 else 0  # noqa: PLR2004 - one in twenty
            yield place, product, str(units), str(aside)


def hours(wish: Wish) -> Iterator[tuple[str, ...]]:
    for place in wish.stores:
        yield place, _dice(wish, "hours", place).choice(WEEKS)


def inbound(wish: Wish) -> Iterator[tuple[str, ...]]:
    for place in wish.depots:
        for product in wish.products:
            dice = _dice(wish, "inbound", f"{place} {product}")
            if dice.random() < 0.1:  # noqa: PLR2004 - a tenth is on its way
                on = wish.today + timedelta(days=dice.randint(2, 30))
                yield place, product, str(dice.randint(2, 20) * 10), on.isoformat(), f"PO-{place}-{on:%Y%m%d}"


def keys(file: File, key: Expression, when: Expression | None) -> list[str]:
    """Return the keys of a file's rows, once each, in its order; rows that cannot be read are passed over."""
    found: dict[str, None] = {}
    words = Words()
    for line in file.lines():
        try:
            if not line.problem and (when is None or when(line.columns, words)) and (name := key(line.columns, words)):
                found[str(name)] = None
        except ExpressionFailed:
            continue
    return list(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0, or 1 when a file cannot be read."""
    stated = _parser().parse_args(arguments)
    try:
        products = _file_keys(stated, "product", stated.product_quote)
        stores = _file_keys(stated, "store", '"')
    except (SourceError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    wish = Wish(products, stores, tuple(stated.depot), Path(stated.out), stated.seed, stated.today, stated.stocked)
    for name, rows in make(wish).items():
        sys.stdout.write(f"{Path(stated.out) / name}: {rows} rows\n")
    return 0


def _file_keys(stated: argparse.Namespace, what: str, quote: str) -> list[str]:
    """Return the keys of the products or of the stores."""

    def option(name: str) -> Any:
        return getattr(stated, f"{what}_{name}")

    delimiter = option("delimiter").replace("\\t", "\t")
    form = Form.model_validate({"delimiter": delimiter, "encoding": option("encoding"), "quote": quote})
    when = Expression(option("when")) if option("when") else None
    return keys(File("files", Path(getattr(stated, f"{what}s")), form), Expression(option("key")), when)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m adapters.files.fill", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--products", required=True)
    parser.add_argument("--product-key", default="code", help="expression: a product's key (default: the column code)")
    parser.add_argument("--product-when", default=None, help="expression: which products count")
    parser.add_argument("--product-delimiter", default="\t")
    parser.add_argument("--product-encoding", default="utf-8")
    parser.add_argument("--product-quote", default="")
    parser.add_argument("--stores", required=True)
    parser.add_argument("--store-key", default="slug(name)", help="expression: a store's code (default: slug(name))")
    parser.add_argument("--store-when", default=None, help="expression: which stores count, as \"country == 'France'\"")
    parser.add_argument("--store-delimiter", default=",")
    parser.add_argument("--store-encoding", default="utf-8")
    parser.add_argument("--depot", action="append", default=[], help="code of a warehouse that the network file defines; may be repeated")
    parser.add_argument("--stocked", type=float, default=0.6, help="share of products that a store has")
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--today", type=date.fromisoformat, default=datetime.now(UTC).date(), help="from when supply to come is dated (default: today)"
    )
    return parser


def _dice(wish: Wish, about: str, of: str) -> random.Random:
    return random.Random(f"{wish.seed}/{about}/{of}")  # noqa: S311 - invented data, no secret


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _write(wish: Wish, name: str, columns: Sequence[str], rows: Iterator[tuple[str, ...]]) -> int:
    count = 0
    with (wish.out / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


if __name__ == "__main__":
    raise SystemExit(main())
