"""Holds on one hot sku, on many skus, and of three lines: answers a second of three ways to hold stock, on one database in one run."""

import asyncio
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.mongo.client import Database, client_of
from adapters.mongo.embedded import EmbeddedDatabase
from adapters.mongo.stock_documents import markers_of
from benchmarks.contenders import BOUNDS, CONTENDERS, Contender, filled
from benchmarks.processes import cpu_seconds
from gateway.domain.claims.programs import Pick
from gateway.domain.ids import Rid, StockKey, rid_of

SKUS = 200
Figures = dict[str, Any]


@dataclass(frozen=True)
class Sale:
    """What buyers want: so many lines each of one unit, out of so many skus; `scarce`: half of them in vain.

    `standing`: so many units of each sku are claimed already, by orders that its source has not counted yet; `live`: by holds that may
    still lapse, which nothing folds.
    """

    name: str
    skus: int
    lines: int
    scarce: bool = False
    standing: int = 0
    live: bool = False
    contenders: Sequence[Contender] = CONTENDERS

    def buyers(self, most: int) -> int:
        """The document of a hot sku grows with its sale, which is half of its trouble; many skus stay as they are, a large one is slow."""
        if self.standing:
            return most // 5
        return most if self.scarce else most // 2

    def wishes(self, buyers: int) -> list[tuple[Rid, list[Pick]]]:
        dice = random.Random(self.name)
        keys = [StockKey(f"SKU-{n:04d}|WH") for n in range(self.skus)]
        return [(rid_of("buyer", self.name, str(n)), [Pick(key, 1) for key in dice.sample(keys, self.lines)]) for n in range(buyers)]

    def stock(self, wishes: Sequence[tuple[Rid, list[Pick]]]) -> dict[StockKey, int]:
        wanted = Counter(pick.key for _, picks in wishes for pick in picks)
        return {key: units // 2 if self.scarce else units for key, units in wanted.items()}


SALES = (
    Sale("one hot sku", 1, 1, scarce=True),
    Sale("hot, 2,000 claimed", 1, 1, scarce=True, standing=2_000),
    Sale("hot, 10,000 held", 1, 1, scarce=True, standing=10_000, live=True, contenders=CONTENDERS[:1]),
    Sale("one line, spread", SKUS, 1),
    Sale("three lines, spread", SKUS, 3),
)


async def run(buyers: int, at_once: int, tell: Callable[[str], None]) -> Figures:
    """Let every contender sell the same to the same buyers; so many of them are served at once."""
    rows: list[Figures] = []
    with tempfile.TemporaryDirectory() as folder, EmbeddedDatabase(Path(folder)) as server:
        client = client_of(server.uri, BOUNDS, silence_s=60.0)
        for n, sale in enumerate(SALES):
            for contender in sale.contenders:
                database = client[f"r{n}_{contender.name}"]
                rows.append(await sold(database, contender, sale, sale.buyers(buyers), at_once, server_pid(server)))
                tell(row_of(rows[-1]))
        client.close()
    return {"buyers": buyers, "at_once": at_once, "rows": rows, "ratios": ratios(rows)}


def server_pid(server: EmbeddedDatabase) -> int:
    """Return the process that serves, a child of the leash."""
    return int(Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text(encoding="ascii").split()[0])


async def sold(database: Database, contender: Contender, sale: Sale, buyers: int, at_once: int, pid: int) -> Figures:
    wishes = sale.wishes(buyers)
    stock = sale.stock(wishes)
    await filled(database, stock, sale.standing, live=sale.live)
    reserve, gate, times = contender.begin(database), asyncio.Semaphore(at_once), list[float]()

    async def buy(rid: Rid, picks: list[Pick]) -> bool:
        async with gate:
            begun = time.perf_counter()
            told = await reserve(rid, picks)
            times.append(time.perf_counter() - begun)
            return told

    used, begun = cpu_seconds(pid), time.perf_counter()
    told = await asyncio.gather(*(buy(rid, picks) for rid, picks in wishes))
    seconds, used = time.perf_counter() - begun, cpu_seconds(pid) - used
    await check(database, stock, sale.standing, [wish for wish, had in zip(wishes, told, strict=True) if had])
    times.sort()
    return {
        "sale": sale.name,
        "contender": contender.name,
        "answers_per_second": round(buyers / seconds, 1),
        "database_cpu_ms": round(used * 1000 / buyers, 2),
        "p50_ms": round(statistics.median(times) * 1000, 1),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 1),
        "sold": sum(told),
        "refused": buyers - sum(told),
    }


async def check(database: Database, stock: dict[StockKey, int], standing: int, buyers: Sequence[tuple[Rid, list[Pick]]]) -> None:
    """Refuse to tell figures of a sale that did not sell exactly what there was, to those who were told so."""
    bought = Counter(pick.key for _, picks in buyers for pick in picks)
    held = {document["_id"] async for document in database["orders"].find({"st": "HELD"}, {"_id": 1})}
    if bought != stock or held != {rid for rid, _ in buyers}:
        raise SystemExit(f"{database.name}: {bought.total()} units were sold of {sum(stock.values())}, in {len(held)} holds")
    async for document in database["stock"].find():
        units = sum(marker.q for marker in markers_of(document).values()) - standing
        if document["free"] or units != stock[document["_id"]]:
            raise SystemExit(f"{database.name}: {document['_id']} has {document['free']} free and {units} held of {stock[document['_id']]}")


def ratios(rows: Sequence[Figures]) -> list[Figures]:
    """Return how many times the answers of each other contender the combined protocol gives: in a second, and of the database's CPU."""
    of = {(row["sale"], row["contender"]): row for row in rows}
    return [
        {
            "sale": sale.name,
            "than": other.name,
            "by_time": round(of[sale.name, "combined"]["answers_per_second"] / of[sale.name, other.name]["answers_per_second"], 1),
            "by_cpu": round(of[sale.name, other.name]["database_cpu_ms"] / of[sale.name, "combined"]["database_cpu_ms"], 1),
        }
        for sale in SALES
        for other in sale.contenders[1:]
    ]


def table(figures: Figures) -> str:
    lines = [
        f"{figures['at_once']} buyers at once; exactly the stock was sold every time",
        f"{'':20} {'':12} {'answers/s':>10} {'CPU ms':>7} {'p50 ms':>8} {'p99 ms':>8} {'sold':>5} {'refused':>7}",
        *(row_of(row) for row in figures["rows"]),
    ]
    lines += [
        f"{one['sale']}: combined / {one['than']} {one['by_time']} by time, {one['by_cpu']} by the database's CPU"
        for one in figures["ratios"]
    ]
    return "\n".join(lines)


def row_of(row: Figures) -> str:
    counts = f"{row['p50_ms']:>8.0f} {row['p99_ms']:>8.0f} {row['sold']:>5} {row['refused']:>7}"
    return f"{row['sale']:20} {row['contender']:12} {row['answers_per_second']:>10.1f} {row['database_cpu_ms']:>7.2f} {counts}"
