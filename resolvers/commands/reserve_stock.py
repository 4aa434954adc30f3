"""Holds stock for a caller for a short time."""

from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.domain.allocation import Need, Shortage
from gateway.domain.claims.documents import Entry, OrderDoc
from gateway.domain.claims.programs import Answer, Conflict, NoOtherPlace, Request, Short, content, reserve
from gateway.domain.errors import Unavailable
from gateway.domain.ids import LocationCode, Sku
from gateway.domain.network import Channel
from gateway.domain.reservation import Reservation, ReservedLine
from gateway.ports.order_book import Record, record_of
from resolvers.commands.goods import channel_asked
from resolvers.commands.hoarding import Wanted, within_bounds
from resolvers.commands.hold_wish import check_hold, needs_asked, needs_of_plans, tokens_asked
from resolvers.commands.holding import HoldPlanner, Shelves, refuse_short, shelves_of, short_place
from resolvers.commands.inputs import ReserveLine, ReserveStock
from resolvers.commands.problems import Problems
from resolvers.commands.request import RequestMark, conflict, request_mark
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class HoldWish:
    """What was asked for, checked."""

    channel: Channel
    needs: tuple[Need, ...]
    hold: timedelta


async def reserve_stock(context: Context, command: ReserveStock) -> Record:
    """Return the hold; a repeat is answered by the hold as it stands. Raises what is wrong, or InsufficientStock for each short line."""
    mark = request_mark(context, "reserveStock", command)
    await context.ready()
    known = (await context.world.orders.records([mark.by])).get(mark.by)
    if known is not None and is_decided(known):
        return await repeated(context, mark, command)
    wish = await checked(context, command)
    shelves = shelves_of(context, wish.channel, [need.sku for need in wish.needs])
    picks = await context.planned(lambda: shelves.picked(wish.needs, partly=command.allow_partial))
    if isinstance(picks, Shortage):
        if known is None:
            raise_short(context, shelves, picks)
        picks = ()
    planner = HoldPlanner(shelves, wish.needs, picks, partly=command.allow_partial)
    owner, lines = context.principal.identity, asked_lines(command.lines)
    held = Reservation(mark.by, wish.channel.code, owner, lines, context.now, command.allow_partial)
    request = Request(mark.by, mark.fp, picks, planner, content(Entry(reservation=held)), "HELD", milliseconds(wish.hold))
    wanted = Wanted(wish.channel, wish.needs, command.allow_partial)
    answer = await within_bounds(context, wanted, lambda limit: reserve(replace(request, limit=limit)))
    return answered(answer, command.lines)


async def checked(context: Context, command: ReserveStock) -> HoldWish:
    problems = Problems()
    channel = channel_asked(context, command.channel_code, problems)
    needs = await needs_asked(context, channel, command.lines, problems)
    hold = check_hold(channel, command.hold_seconds, problems)
    tokens = tokens_asked(context, channel, command.promise_tokens, problems)
    if not problems.found:
        needs = needs_of_plans(needs, tokens, problems)
    problems.stop()
    return HoldWish(channel, needs, hold)


def is_decided(known: Record) -> bool:
    return known.state in {"HELD", "PLACED"} or (known.state == "VOID" and known.why != "DEADLINE")


async def repeated(context: Context, mark: RequestMark, command: ReserveStock) -> Record:
    """Return the answer that this key got; refused for want of stock it stays refused for ever."""
    nothing = Request(mark.by, mark.fp, None, NoOtherPlace(), content(Entry()))
    return answered(await context.world.claims.run(reserve(nothing)), command.lines)


def raise_short(context: Context, shelves: Shelves, shortage: Shortage) -> None:
    problems = Problems()
    refuse_short(context, shelves, shortage.needs, problems)
    problems.stop()


def answered(answer: Answer, lines: tuple[ReserveLine, ...]) -> Record:
    if isinstance(answer, Conflict):
        raise conflict(answer.first_used_ms)
    if isinstance(answer, Short):
        raise short_place(answer.key, answer.free, asked_lines(lines))
    if isinstance(answer, OrderDoc):
        if answer.why == "INSUFFICIENT":
            key, free = answer.short or (None, 0)
            raise short_place(key, free, asked_lines(lines))
        if answer.st != "NEW" and answer.why != "DEADLINE":
            return record_of(answer)
    raise Unavailable("The hold could not be decided in time; repeat the call with the same idempotencyKey.")


def asked_lines(lines: tuple[ReserveLine, ...]) -> tuple[ReservedLine, ...]:
    return tuple(
        ReservedLine(Sku(line.sku), line.quantity, LocationCode(line.location_code) if line.location_code else None) for line in lines
    )


def milliseconds(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
