"""Delivery promises over many places: CPU of each answer, beside the engine without its memory, on the same questions in the same run.

The twins: a basket quoted with every place reckoned anew and every fence told, and a listing asked sku by sku. Both must say the same.
"""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from benchmarks.retailer import NOW, SERVICES, baskets, retailer
from gateway.domain.ids import Sku
from gateway.domain.promise.listing import LISTED_METHODS, earliest_deliveries
from gateway.domain.promise.options import DeliveryOptions, PromiseFacts, PromiseRequest
from gateway.domain.promise.passages import Passages
from gateway.domain.promise.quote import delivery_options
from gateway.domain.quantities import SkuQuantity

Figures = dict[str, Any]
STEP = timedelta(seconds=3)
"""Between two questions: some miss a pick-up that the one before has caught."""
LISTED = 50
TARGET_MS = 10.0


@dataclass(frozen=True)
class Kind:
    """Questions of one kind, the engine's answer and its twin's."""

    name: str
    questions: Sequence[Any]
    fast: Callable[[Any, datetime], Any]
    slow: Callable[[Any, datetime], Any]
    every: int
    """So many questions are asked for each that the twin is asked too."""


def run(questions: int, places: int, say: Callable[[str], None]) -> Figures:
    facts = retailer(places, 2 * LISTED)
    remembering = replace(facts, passages=Passages())
    kinds = [basket_kind(facts, remembering, questions, None)]
    kinds += [basket_kind(facts, remembering, questions, service.code) for service in SERVICES]
    kinds.append(listing_kind(facts, remembering, max(10, questions // 10)))
    measured = []
    for kind in kinds:
        measured.append(measure(kind))
        say(line(measured[-1]))
    return {"places": places, "lines": 3, "target_p99_ms": TARGET_MS, "kinds": measured}


def basket_kind(facts: PromiseFacts, remembering: PromiseFacts, questions: int, service: str | None) -> Kind:
    asked = [replace(basket, services=(service,) if service else None) for basket in baskets(facts, questions, 3)]
    return Kind(
        f"basket by {service}" if service else "basket by every service",
        asked,
        lambda request, now: plain(delivery_options(replace(request, every_candidate=False), remembering, now)),
        lambda request, now: plain(delivery_options(request, facts, now)),
        10,
    )


def plain(found: DeliveryOptions) -> DeliveryOptions:
    """Leave out what only explains the choice."""
    return replace(found, options=tuple(replace(option, sourced=None) for option in found.options))


def listing_kind(facts: PromiseFacts, remembering: PromiseFacts, questions: int) -> Kind:
    skus = tuple(facts.positions)[:LISTED]

    def one_by_one(request: PromiseRequest, now: datetime) -> dict[tuple[Sku, str], datetime]:
        asked = (replace(request, lines=(SkuQuantity(sku, 1),), methods=tuple(LISTED_METHODS)) for sku in skus)
        found = ((one.lines[0].sku, delivery_options(one, facts, now).options) for one in asked)
        return {(sku, option.service.code): option.latest for sku, options in found for option in options}

    def together(request: PromiseRequest, now: datetime) -> dict[tuple[Sku, str], datetime]:
        dates = earliest_deliveries(skus, request.destination, remembering, now) if request.destination else ()
        return {(date.sku, date.service.code): date.latest for date in dates}

    return Kind(f"listing of {LISTED} skus", baskets(facts, questions, 1), together, one_by_one, 5)


def measure(kind: Kind) -> Figures:
    """Ask every question once; of some the twin too, whose answer must be the same."""
    fast: list[float] = []
    slow: list[float] = []
    for n, question in enumerate(kind.questions):
        now = NOW + n * STEP
        answer, cpu_ms = timed(kind.fast, question, now)
        fast.append(cpu_ms)
        if n % kind.every == 0:
            expected, cpu_ms = timed(kind.slow, question, now)
            slow.append(cpu_ms)
            if answer != expected:
                raise SystemExit(f"{kind.name}: the answers differ for {question} at {now}:\nfast {answer}\nslow {expected}")
    return {
        "kind": kind.name,
        "questions": len(fast),
        "p50_ms": percentile(fast, 0.50),
        "p99_ms": percentile(fast, 0.99),
        "twin_p50_ms": percentile(slow, 0.50),
        "twin_p99_ms": percentile(slow, 0.99),
        "ratio_p50": round(percentile(slow, 0.50) / percentile(fast, 0.50), 1),
        "ratio_mean": round(statistics.mean(slow) / statistics.mean(fast), 1),
    }


def timed(ask: Callable[[Any, datetime], Any], question: object, now: datetime) -> tuple[Any, float]:
    gc.collect()
    gc.disable()
    try:
        started = time.process_time()
        answer = ask(question, now)
        return answer, (time.process_time() - started) * 1000
    finally:
        gc.enable()


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)


def line(one: Figures) -> str:
    mine = f"{one['kind']:26} {one['questions']:>5} {one['p50_ms']:>8.2f} {one['p99_ms']:>8.2f}"
    return f"{mine} {one['twin_p50_ms']:>10.2f} {one['twin_p99_ms']:>10.2f} {one['ratio_p50']:>7} {one['ratio_mean']:>7}"


def table(figures: Figures) -> str:
    head = f"{'asked':26} {'n':>5} {'p50 ms':>8} {'p99 ms':>8} {'twin p50':>10} {'twin p99':>10} {'ratio':>7} {'mean':>7}"
    about = f"{figures['lines']} lines over {figures['places']} places; CPU of one answer, {figures['target_p99_ms']} ms wanted at p99"
    return "\n".join([about, head, *(line(one) for one in figures["kinds"])])
