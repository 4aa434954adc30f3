"""Random histories of a shelf and its owner's words, told late, doubled and shuffled: never more to sell than is safe, exact at rest."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from random import Random
from typing import Any
from unittest.mock import patch

from adapters.memory.stated import Rules
from gateway.domain import shortfall
from gateway.domain.claims import carrying, figures, stock_meaning
from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import Marker, OrderDoc, StockDoc
from gateway.domain.claims.figures import Figure, Reach
from gateway.domain.claims.steps import Ack, GiveBack
from gateway.domain.claims.stock_meaning import give_back, lifted
from tests.campaigns.campaign import Findings, Tell
from tests.campaigns.histories import History

HISTORIES, ALL_HISTORIES, DELIVERIES, LENGTH = 300, 10_000, 3, 24
MOST_TRIES = 1_500
"""Histories in which a seeded fault must show itself."""
MUST_FIRE = ("late", "doubled", "part", "gap", "restore", "push", "file", "push of an unknown epoch")
Fault = Callable[[], AbstractContextManager[Any]]


def history(number: int, delivery: int) -> History:
    kind = ("numbered", "timed")[number % 2]
    script, post = Random(number), Random(number * DELIVERIES + delivery + 1_000_003)  # noqa: S311 - drawn again from the same seed
    return History(kind, script, post).run(LENGTH)


def run(full: bool, tell: Tell) -> Findings:  # noqa: FBT001 - a Campaign
    findings = Findings()
    for number in range(ALL_HISTORIES if full else HISTORIES):
        if number and number % 1_000 == 0:
            tell(f"{number} histories, {len(findings.violations)} violations")
        for delivery in range(DELIVERIES):
            note(findings, history(number, delivery), number, delivery)
    findings.must_fire(*MUST_FIRE)
    seed_faults(findings, tell)
    return findings


def note(findings: Findings, done: History, number: int, delivery: int) -> None:
    findings.counts.update({"deliveries": 1, f"{done.kind} sources": 1, "steps": done.steps, "claims": len(done.claims)})
    findings.counts.update(
        {"unsafe": sum("unsafe" in one for one in done.wrong), "inexact at rest": sum("inexact" in one for one in done.wrong)}
    )
    findings.fired.update(done.fired)
    findings.violations += [f"history {number}, delivery {delivery}: {one}" for one in done.wrong[:1]]


def seed_faults(findings: Findings, tell: Tell) -> None:
    """Put each fault into the product's own code: one that no history shows is a hole in this campaign."""
    rows: list[tuple[object, ...]] = [("fault", "caught in history", "as")]
    for name, fault in FAULTS.items():
        with fault():
            caught = next(((number, done.wrong[0]) for number in range(MOST_TRIES) if (done := history(number, 0)).wrong), None)
        findings.check(caught is not None, f"the fault {name!r} shows in none of {MOST_TRIES} histories")
        findings.counts["faults caught"] += caught is not None
        rows.append((name, *(caught or ("-", "-"))))
        tell(f"{name}: {f'history {caught[0]}' if caught else 'not caught'}")
    findings.details["seeded faults"] = rows


# --- faults: each takes the place of a piece of the product


def instead(target: Any, name: str, piece: Any) -> Fault:
    return lambda: patch.object(target, name, piece)


def all_of(*faults: Fault) -> Fault:
    def together() -> AbstractContextManager[Any]:
        stack = ExitStack()
        for fault in faults:
            stack.enter_context(fault())
        return stack

    return together


def counts_where(holds: Callable[[Reach, Marker, bool], bool]) -> Fault:
    return instead(Reach, "counts", lambda reach, marker, *, named: holds(reach, marker, named))


SOUND = Reach.counts


def whole_claim(markers: dict[str, Marker], mid: str, units: int, now: int, times: Any) -> None:
    if mid in markers and markers[mid].q and units > 0:
        lifted(markers, mid, now, times)


def newer_without_epochs_order(stock: StockDoc, figure: Figure) -> bool:
    if figure.epoch in stock.past:
        return False
    return figures.is_fresh(stock, figure.epoch) or figure.order > stock.order or (figure.by_time and figure.as_of_ms > stock.sync_ms)


def adds_twice(stock: StockDoc, step: GiveBack, now: int, times: Any) -> StockDoc | None:
    marker = stock.markers.get(step.claim.mid)
    gone = marker is None or not marker.q
    after = give_back(stock, step, now, times) or stock
    return replace(after, q=after.q + step.claim.units, free=after.free + step.claim.units) if gone else after


def without_tombstone(markers: dict[str, Marker], mid: str, now: int, times: Any) -> None:
    markers.pop(mid)


def asked_when_dated(rules: Rules, statement: Any) -> Figure:
    figure = SOUND_FIGURE(rules, statement)
    return replace(figure, begun_ms=figure.as_of_ms, order=max(figure.order, figure.as_of_ms)) if figure.by_time else figure


def lets_go_at_once(order: OrderDoc) -> Program[None]:
    yield from SOUND_UNDO(replace(order, undo=tuple(replace(claim, lost=None) if claim.let_go else claim for claim in order.undo)))


def forgets_what_was_let_go(markers: dict[str, Marker], epoch: str) -> dict[str, Marker]:
    return SOUND_RENUMBERED({mid: replace(marker, let_go=None) for mid, marker in markers.items()}, epoch)


SOUND_UNDO, SOUND_RENUMBERED = carrying.undo, figures.renumbered
SOUND_FIGURE, SOUND_ACK, SOUND_KEPT, SOUND_TAKE = Rules.figure_of, stock_meaning.ack, stock_meaning.kept_back, stock_meaning.take
FAULTS: dict[str, Fault] = {
    "the absolute number wins": instead(figures, "covered", lambda _markers, *_, **__: {}),
    "arrival order": instead(figures, "is_newer", lambda *_: True),
    "lift on the acknowledgement alone": instead(stock_meaning, "includes", lambda *_: True),
    "figures lift nothing": instead(figures, "covered", lambda markers, *_, **__: markers),
    "a figure lifts what was taken after it": counts_where(
        lambda reach, marker, named: marker.k is not None or SOUND(reach, marker, named=named)
    ),
    "a difference counts whenever it comes": instead(figures, "is_known", lambda *_: False),
    "a difference leaves its claim": instead(figures, "carried_out", lambda *_: None),
    "a part lifts the whole claim": instead(figures, "carried_out", whole_claim),
    "what was applied is not remembered": instead(figures, "remembered", lambda *_: ()),
    "a known difference tells nothing": instead(figures, "with_known", lambda *_: None),
    "a pass lifts what was not found": counts_where(lambda reach, marker, named: SOUND(reach, replace(marker, lost=False), named=named)),
    "what was not found is given back": instead(
        stock_meaning,
        "withhold",
        lambda stock, step, now, times: None if step.found else give_back(stock, GiveBack(step.claim), now, times),
    ),
    "the settle delay is forgotten": instead(
        stock_meaning, "kept_back", lambda marker, step, epoch: SOUND_KEPT(marker, replace(step, claim=replace(step.claim, lost=0)), epoch)
    ),
    "what comes unasked counts as asked for": instead(Rules, "figure_of", asked_when_dated),
    "places of an old numbering count": instead(
        figures, "renumbered", lambda markers, epoch: {mid: replace(marker, epoch=epoch) for mid, marker in markers.items()}
    ),
    "a restored source's claims are lifted": instead(figures, "renumbered", lambda *_: {}),
    "what was let go of before a restore waits for ever": instead(figures, "renumbered", forgets_what_was_let_go),
    "an epoch that is over comes back": instead(figures, "KEPT_EPOCHS", -99),
    "epochs are taken as they come": instead(figures, "is_newer", newer_without_epochs_order),
    "an acknowledgement counts in any numbering": instead(
        stock_meaning, "ack", lambda stock, step, now, times: SOUND_ACK(stock, Ack(step.key, step.mid, step.k), now, times)
    ),
    "a cancellation adds what is gone": instead(stock_meaning, "give_back", adds_twice),
    "what was taken and let go of is sold again at once": instead(carrying, "undo", lets_go_at_once),
    "a figure is never ahead of its owner's word": instead(shortfall, "missing_units", lambda doc, *_: max(0, -doc.free)),
    "a lift leaves no tombstone": all_of(
        instead(figures, "lifted", without_tombstone), instead(stock_meaning, "lifted", without_tombstone)
    ),
    "a take applies after its deadline": instead(
        stock_meaning, "take", lambda stock, step, _now, times: SOUND_TAKE(stock, step, step.claim.dl - 1, times)
    ),
}
