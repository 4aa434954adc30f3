"""The process that is killed, and the fresh one that recovers after it."""

import asyncio
import os
import random
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection

from pymongo import monitoring

from gateway.domain.claims.programs import recover
from gateway.domain.errors import DomainError, GatewayError, Unavailable
from gateway.domain.ids import Sku
from resolvers.commands.router import route
from resolvers.hand_over.relay import relay_one
from tests.campaigns.killing.programs import BY_HAND, PROGRAMS, Case, state, till_counts
from tests.campaigns.killing.shop import TIMES, KilledShop, Place, opened

OURS = frozenset({"find", "aggregate", "update", "insert", "delete", "findAndModify"})
LONGEST_LEASE = timedelta(minutes=2)
ROUNDS = 20


class Executioner(monitoring.CommandListener):
    """Counts the commands of a program and strikes at one of them."""

    def __init__(self, case: Case, strike: Callable[[str], None]) -> None:
        self.case, self.strike, self.sent, self.done, self.armed = case, strike, 0, 0, False

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if not self.armed or event.command_name not in OURS:
            return
        self.sent += 1
        if self.sent == self.case.at and self.case.how != "after":
            name = f"{event.command_name} {event.command[event.command_name]}"
            if self.case.how == "before":
                self.strike(name)
            else:
                threading.Timer(self.case.after_s, self.strike, (name,)).start()

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        if self.armed and event.command_name in OURS:
            self.done += 1
            if self.done == self.case.at and self.case.how == "after":
                self.strike(event.command_name)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """A command that failed may be sent again: it is counted then."""


def run_killed(case: Case, place: Place, told: Connection, database_pid: int | None) -> None:
    """Run a case's program and die in it; `database_pid`: the database dies instead. What it came to is told when it was not killed."""

    def strike(where: str) -> None:
        told.send(("struck", where))
        os.kill(os.getpid() if database_pid is None else database_pid, signal.SIGKILL)

    executioner = Executioner(case, strike)
    monitoring.register(executioner)

    async def act() -> object:
        async with opened(place, [case.sku]) as shop:
            executioner.armed = True
            try:
                record = await PROGRAMS[case.program][1](shop, case)
            except (GatewayError, DomainError) as error:
                return type(error).__name__
            return getattr(record, "state", None)

    told.send(("done", asyncio.run(act())))
    told.send(("commands", executioner.sent))


def run_recovery(cases: list[Case], place: Place, told: Connection) -> None:
    told.send(asyncio.run(recovered(cases, place)))


async def recovered(cases: list[Case], place: Place) -> dict[int, str]:
    """Repeat what is repeated, let time decide the rest, deliver everything; return what the repeats were told."""
    answers = {}
    async with opened(place, [Sku(case.sku) for case in cases]) as shop:
        with_till = dict(shop.world.sources)
        shop.sees_less({case.sku for case in cases if case.program not in BY_HAND})
        for case in random.Random(len(cases)).sample(cases, len(cases)):  # noqa: S311 - an order of doing things
            if case.repeat:
                answers[case.n] = await repeated(shop, case)
        shop.view.frozen = None
        shop.world.sources.update(with_till)
        await asyncio.sleep((TIMES.deadline_ms + TIMES.skew_ms) / 1000 + 1.0)
        for _ in range(ROUNDS):
            busy = await one_round(shop)
            shop.clock.pass_by(LONGEST_LEASE)
            if not busy:
                break
        shop.books.note(what="issued", key="", units=0, reference="last")  # figures of a later place than all that was said
        await state(shop)
        await till_counts(shop)
    return answers


async def repeated(shop: KilledShop, case: Case) -> str:
    """Do it again under the same key, as a caller does who heard nothing."""
    for _ in range(3):
        try:
            record = await PROGRAMS[case.program][1](shop, case)
        except Unavailable:
            continue
        except (GatewayError, DomainError) as error:
            return type(error).__name__
        return str(getattr(record, "state", record))
    return "Unavailable"


async def one_round(shop: KilledShop) -> int:
    """Do what sweepers, routers and relays do; return how much there was to do."""
    overdue = await shop.world.orders.overdue(200)
    for rid in overdue:
        await shop.world.claims.run(recover(rid))
    unrouted = await shop.world.orders.unrouted(shop.clock.now(), 200)
    for record in unrouted:
        await route(shop.world, record)
    carried = 0
    while await relay_one(shop.world, "fresh"):
        carried += 1
    return len(overdue) + len(unrouted) + carried
