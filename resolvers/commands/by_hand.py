"""Which claims are taken by the word of those who work with them, since no system will tell of it: neither an answer to us nor news."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.claims.documents import Acknowledged, Claim
from gateway.domain.ids import LocationCode, SourceCode
from gateway.domain.messages import MessageFacts, message
from gateway.domain.network import Source
from gateway.domain.order import Order
from gateway.domain.ordering.owed import GIVES_WORK
from gateway.domain.ordering.taken import GONE, Said, accepted, issued
from gateway.domain.ordering.working import work_named
from gateway.domain.outbox import OutboxEntry
from resolvers.context import World


@dataclass(frozen=True, slots=True)
class Standing:
    """An order as it is written, with its messages and its claims."""

    order: Order
    outbox: Sequence[OutboxEntry]
    claims: Sequence[Claim]


def taken_by_hand(world: World, standing: Standing, number: str, now: datetime) -> tuple[Acknowledged, ...]:
    """Return the claims that this work has taken; surroundings must have been read."""
    order = standing.order
    work = work_named(order, number)
    owner = owner_at(world, work.location)
    if owner is None or (work.state not in GONE and work.state != "ACCEPTED") or will_be_told(world, standing, number, now):
        return ()
    taken = issued if work.state in GONE else accepted
    return tuple(taken(order, work, standing.claims, owner, Said(now)))


def will_be_told(world: World, standing: Standing, number: str, now: datetime) -> bool:
    """Tell whether the system that was given the work says itself what it takes."""
    given = given_to(standing.outbox, number)
    ports = world.sources.get(given.source) if given else None
    if given is None or ports is None:
        return False
    return ports.news is not None or takes_steps(world, standing.order, number, given.source, now)


def owner_at(world: World, location: LocationCode) -> Source | None:
    """Return the source that owns the stock of a place, as far as places were read last."""
    place = world.surroundings.last.locations.get(location)
    return next((source for source in world.network.sources if place and source.code == place.source), None)


def given_to(outbox: Sequence[OutboxEntry], number: str) -> OutboxEntry | None:
    """Return the message that gives this work to a system, the last of them; None: it is worked through the graph alone."""
    given = [entry for entry in outbox if entry.leg == number and entry.kind in GIVES_WORK and entry.state != "DROPPED"]
    return given[-1] if given else None


def takes_steps(world: World, order: Order, number: str, source: SourceCode, now: datetime) -> bool:
    """Tell whether a source would take the news of the state that the work is in."""
    state = work_named(order, number).state
    return takes(world, order, OutboxEntry(0, f"{number}:{state}", "STEP", source, "", step=state), now)


def takes(world: World, order: Order, trial: OutboxEntry, now: datetime) -> bool:
    """Tell whether a source would take such a message."""
    ports = world.sources.get(trial.source)
    if ports is None or ports.hand_over is None:
        return False
    return ports.hand_over.takes(message(MessageFacts(order, trial, {}, {}, None, now)))
