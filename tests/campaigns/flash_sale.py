"""One article, more buyers than units, a fifth of them clicking twice: exactly what there is is sold, equal questions get equal answers."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from gateway.domain.claims.documents import OrderDoc, StockDoc
from tests.campaigns.campaign import Findings, Tell
from tests.campaigns.selling.buyers import Answer, Buyers, seed
from tests.campaigns.selling.shop import Shop, open_shop

SHORT, FULL = (200, 1_000), (1_000, 10_000)
"""Units, and buyers."""
SLOWEST_S = 3.0
"""Of 99 in 100 answers in the full form."""
ASKED_AGAIN = 50
SOLD_OUT = "INSUFFICIENT_STOCK"
LOOKS, LOOK_EVERY_S = 60, 0.5
"""Recovery may take a deadline and the clocks' bound; on a busy machine longer."""


def run(full: bool, tell: Tell) -> Findings:  # noqa: FBT001 - a Campaign
    units, buyers = FULL if full else SHORT
    with tempfile.TemporaryDirectory() as folder, open_shop(Path(folder), units) as shop:
        return asyncio.run(sale(shop, units, buyers, tell, SLOWEST_S if full else None))


async def sale(shop: Shop, units: int, count: int, tell: Tell, slowest_s: float | None = None) -> Findings:
    found, buyers = Findings(), Buyers(shop, seed())
    tell(f"{count:,} buyers for {units:,} units, seed {buyers.seed}")
    begun = time.perf_counter()
    await buyers.buy_all(count)
    seconds = time.perf_counter() - begun
    answers = [answer for of_one in buyers.answers.values() for answer in of_one]
    found.counts.update(units=units, buyers=count, requests=len(answers), double_clicks=len(answers) - count)
    found.details["Answers"] = timed(answers, seconds)
    late = sum(answer.seconds > slowest_s for answer in answers) if slowest_s else 0
    found.check(late * 100 <= len(answers), f"{late} of {len(answers)} answers took more than {slowest_s} s")
    tell(f"all were answered after {seconds:.1f} s; a part of them asks again")
    await ask_again(buyers, found)
    stock, orders = await at_rest(shop)
    check(found, buyers, units, stock, orders)
    return found


async def at_rest(shop: Shop) -> tuple[StockDoc, list[OrderDoc]]:
    """Return the ledger once everything is carried out, or as it still is when that takes longer than recovery may."""
    for _ in range(LOOKS):
        stock, orders = await shop.ledger()
        if not any(is_open(order) for order in orders):
            break
        await asyncio.sleep(LOOK_EVERY_S)
    return stock, list(orders)


def is_open(order: OrderDoc) -> bool:
    return bool(order.change or order.undo or order.unsettled)


async def ask_again(buyers: Buyers, found: Findings) -> None:
    """Let some of those who were served, and of those who were not, send their order once more."""
    served = [n for n, told in buyers.answers.items() if told[0].sold]
    refused = [n for n, told in buyers.answers.items() if not told[0].sold]
    some = [*served[:ASKED_AGAIN], *refused[:ASKED_AGAIN]]
    await buyers.ask_all(some)
    found.counts["asked once more"] = len(some)


def check(found: Findings, buyers: Buyers, units: int, stock: StockDoc, orders: Sequence[OrderDoc]) -> None:
    for n, answers in buyers.answers.items():
        told = {answer.told for answer in answers}
        found.check(len(told) == 1, f"buyer {n} was told {sorted(told)} under one key")
        found.check(all(one.sold or one.told == SOLD_OUT for one in answers), f"buyer {n} was left with {sorted(told)}")
    numbers = [answers[0].told for answers in buyers.answers.values() if answers[0].sold]
    placed = [order for order in orders if order.st == "PLACED"]
    found.counts.update(sold=len(numbers), refused=len(buyers.answers) - len(numbers), entries=len(orders))
    found.counts.update({f"sent again: {reason}": times for reason, times in buyers.again.items()})
    found.check(len(numbers) == units, f"{len(numbers)} of {units} units were told as sold")
    found.check(len(set(numbers)) == len(numbers), "two buyers were told the same order")
    found.check({f"#{order.order.number}" for order in placed if order.order} == set(numbers), "other orders stand than were told")
    found.check(all(sum(claim.units for claim in order.claims) == 1 for order in placed), "an order holds other units than it was sold")
    held = {mid: marker.q for mid, marker in stock.markers.items() if marker.q}
    found.check(held == {claim.mid: claim.units for order in placed for claim in order.claims}, "other claims are held than orders have")
    found.check((stock.q, stock.free) == (units, 0), f"the shelf has {stock.q} units, {stock.free} of them free")
    open_ones = [order.rid for order in orders if is_open(order)]
    found.check(not open_ones, f"orders are not at rest: {open_ones[:5]}")


def timed(answers: Sequence[Answer], seconds: float) -> list[list[str]]:
    """Return how long answers took: all that were sold, all refused, and those refused who came after the last was sold."""
    sold = [one for one in answers if one.sold]
    refused = [one for one in answers if not one.sold]
    sold_out_at = max((one.asked_at + one.seconds for one in sold), default=0.0)
    late = [one for one in refused if one.asked_at > sold_out_at]
    kinds = {"sold": sold, "refused": refused, "refused, asked when sold out": late, "all": list(answers)}
    rows = [[kind, str(len(of)), shown(of, 0.5), shown(of, 0.99)] for kind, of in kinds.items()]
    return [["answers", "count", "p50 ms", "p99 ms"], *rows, ["a second", f"{len(answers) / seconds:.0f}", "", ""]]


def shown(answers: Sequence[Answer], part: float) -> str:
    times = sorted(one.seconds for one in answers)
    return f"{times[int(len(times) * part)] * 1000:.0f}" if times else ""
