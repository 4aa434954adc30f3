"""Faults put into the product's own hand-over, each of which the campaign must catch: what cannot fail proves nothing."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from adapters.mongo import order_documents, outbox
from gateway.domain import outbox_line
from gateway.domain.errors import SourceError
from gateway.domain.feeds import Receipt
from gateway.domain.network import HandOverClass, Source
from gateway.domain.outbox import OutboxEntry
from resolvers.context import World
from resolvers.hand_over import relay, verdict
from tests.campaigns.handing_over.storm import SLOW

Patches = contextlib.AbstractContextManager[Any]
Fault = Callable[[], Patches]


def together(*patches: Patches) -> Patches:
    @contextlib.contextmanager
    def applied() -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for one in patches:
                stack.enter_context(one)
            yield

    return applied()


def sent_again_blindly() -> Patches:
    def failed(entry: OutboxEntry, source: Source, error: SourceError, moment: verdict.Moment) -> OutboxEntry:
        return verdict.failed(entry, replace(source, hand_over="A"), error, moment)

    return together(
        patch.object(relay, "postponed", lambda *_: None),
        patch.object(relay, "must_ask", lambda *_: False),
        patch.object(relay, "failed", failed),
    )


def asked_at_once() -> Patches:
    def impatient(source: Source) -> Source:
        return replace(source, quiet_period=timedelta(0))

    return together(
        patch.object(relay, "postponed", lambda entry, source, now: verdict.postponed(entry, impatient(source), now)),
        patch.object(relay, "failed", lambda entry, source, error, moment: verdict.failed(entry, impatient(source), error, moment)),
    )


def dead_relays_forgotten() -> Patches:
    def leased(entry: OutboxEntry, holder: outbox_line.Relay) -> OutboxEntry:
        return replace(outbox_line.leased(entry, holder), ambiguous_at=entry.ambiguous_at)

    return patch.object(outbox, "leased", leased)


def announced_without_lease() -> Patches:
    async def unbounded(_: relay.Relay, leg: relay.Leg) -> Receipt:
        return await leg.target.send(leg.message)

    def leased(entry: OutboxEntry, holder: outbox_line.Relay) -> OutboxEntry:
        return outbox_line.leased(entry, replace(holder, lease_s=0.02))

    return together(
        patch.object(outbox_line, "holds", lambda current, *_: current.state in {"WAITING", "SENDING"}),
        patch.object(outbox, "leased", leased),
        patch.object(relay, "within_lease", unbounded),
    )


def out_of_sequence() -> Patches:
    def everything(entries: Sequence[OutboxEntry]) -> list[tuple[OutboxEntry, str]]:
        return [(entry, outbox_line.due_from(entry)) for entry in entries if entry.state in {"WAITING", "SENDING"}]

    return together(patch.object(order_documents, "next_in_line", everything), patch.object(outbox_line, "next_in_line", everything))


def judged_by_own_clocks() -> Patches:
    async def own(world: World) -> datetime:
        return world.clock.now()

    return patch.object(relay, "now_of", own)


def silence_taken_as_consent() -> Patches:
    def failed(entry: OutboxEntry, source: Source, error: SourceError, moment: verdict.Moment) -> OutboxEntry:
        if error.unknown_effect:
            return verdict.acknowledged(entry, Receipt(None, moment.now))
        return verdict.failed(entry, source, error, moment)

    return patch.object(relay, "failed", failed)


@dataclass(frozen=True, slots=True)
class Seeded:
    """A fault, the class that it strikes, and the kind of misbehavior that it shows by, when one alone brings it out soonest."""

    hand_over: HandOverClass
    fault: Fault
    shows_by: str | None = None


SEEDED: Mapping[str, Seeded] = MappingProxyType(
    {
        "class B is sent again without being asked": Seeded("B", sent_again_blindly),
        "class C is sent again": Seeded("C", sent_again_blindly),
        "class B is asked before its quiet period is over": Seeded("B", asked_at_once, SLOW),
        "what a dead relay was sending counts as not sent": Seeded("C", dead_relays_forgotten),
        "the announcement does not look at the lease": Seeded("B", announced_without_lease),
        "leases are judged by each relay's own clock": Seeded("B", judged_by_own_clocks, SLOW),
        "messages of one order pass each other": Seeded("C", out_of_sequence),
        "an unknown outcome counts as acknowledged": Seeded("A", silence_taken_as_consent),
    }
)
