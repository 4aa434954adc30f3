"""Makes a hold fit a changed basket: what is in both is never let go, new units are taken before old ones are given back."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.domain.allocation import Need, Shortage
from gateway.domain.claims.carrying import Program
from gateway.domain.claims.documents import Claim, Entry, OrderDoc
from gateway.domain.claims.keys import keyed
from gateway.domain.claims.limits import Limit
from gateway.domain.claims.programs import Answer, Fit, Pick, Short, change
from gateway.domain.done import Done
from gateway.domain.ids import sku_and_location
from gateway.domain.network import Channel
from gateway.domain.reservation import Reservation
from gateway.ports.order_book import Record, record_of
from resolvers.commands.hoarding import Wanted, within_bounds
from resolvers.commands.hold_wish import needs_asked
from resolvers.commands.holding import HoldPlanner, Shelves, refuse_short, shelves_of, short_place
from resolvers.commands.inputs import ChangeReservation
from resolvers.commands.own_hold import check_held, document, meanwhile, own_hold
from resolvers.commands.problems import Problems
from resolvers.commands.request import RequestMark, is_repeat, request_mark
from resolvers.commands.reserve_stock import asked_lines
from resolvers.context import Context


async def change_reservation(context: Context, command: ChangeReservation) -> Record:
    """Return the hold with its new lines. Raises what is wrong, InsufficientStock for short lines, or RESERVATION_EXPIRED."""
    mark = request_mark(context, "changeReservation", command)
    await context.ready()
    record = await own_hold(context, command.id, ("id",))
    if record.reservation is None or is_repeat(record.reservation.done, mark):
        return record
    check_held(context, record, ("id",))
    channel = next(one for one in context.world.network.channels if one.code == record.reservation.channel)
    needs = await checked(context, channel, command)
    shelves = shelves_of(context, channel, [need.sku for need in needs])
    fitting = Fitting(shelves, needs, partly=command.allow_partial)

    def write(order: OrderDoc) -> Entry:
        return Entry(reservation=changed(order.reservation, command, mark, context))

    def program(limit: Limit) -> Program[Answer]:
        return keyed(mark.by, mark.fp, record.rid, lambda: change(record.rid, mark.by, fitting, write, limit))

    answer = await within_bounds(context, Wanted(channel, needs, command.allow_partial, record), program)
    if isinstance(answer, Short):
        raise_short(context, shelves, fitting, answer, command)
    doc = document(answer, ("id",))
    after = record_of(doc)
    if mark.by not in doc.done:
        check_held(context, after, ("id",))
        raise meanwhile(("id",))
    return after


async def checked(context: Context, channel: Channel, command: ChangeReservation) -> tuple[Need, ...]:
    problems = Problems()
    needs = await needs_asked(context, channel, command.lines, problems)
    problems.stop()
    return needs


def changed(reservation: Reservation | None, command: ChangeReservation, mark: RequestMark, context: Context) -> Reservation | None:
    if reservation is None:
        return None
    done = (*reservation.done, Done(mark.by, mark.fp, context.now))
    return replace(reservation, lines=asked_lines(command.lines), allow_partial=command.allow_partial, done=done)


class Fitting:
    """Fits the claims of a hold to what is needed now; `short` tells what its last try lacked."""

    def __init__(self, shelves: Shelves, needs: Sequence[Need], *, partly: bool) -> None:
        self._shelves, self._needs, self._partly = shelves, needs, partly
        self.short: Shortage | None = None

    def __call__(self, order: OrderDoc) -> Fit | None:
        kept, missing = kept_claims(order.claims, self._needs)
        wanted = [need for need in missing if need.units]
        picks: tuple[Pick, ...] | Shortage = self._shelves.picked(wanted, partly=self._partly) if wanted else ()
        if isinstance(picks, Shortage):
            self.short = numbered(picks, self._needs, missing)
            if not (self._partly and kept):
                return None
            picks = ()
        return Fit(kept, picks, HoldPlanner(self._shelves, wanted, picks, partly=self._partly))


def kept_claims(claims: Sequence[Claim], needs: Sequence[Need]) -> tuple[tuple[Claim, ...], list[Need]]:
    """Return the claims cut down to what the needs can use of them, and what each need still lacks, in order; named places go first."""
    used = dict.fromkeys((claim.mid for claim in claims), 0)
    lacking = [need.units for need in needs]
    for named in (True, False):
        for n, need in enumerate(needs):
            if (need.location is not None) is not named:
                continue
            for claim in claims:
                units = min(lacking[n], claim.units - used[claim.mid]) if suits(claim, need) else 0
                used[claim.mid] += units
                lacking[n] -= units
    kept = tuple(replace(claim, units=used[claim.mid]) for claim in claims if used[claim.mid])
    return kept, [replace(need, units=left) for need, left in zip(needs, lacking, strict=True)]


def suits(claim: Claim, need: Need) -> bool:
    sku, location = sku_and_location(claim.key)
    return sku == need.sku and need.location in {None, location}


def numbered(shortage: Shortage, needs: Sequence[Need], missing: Sequence[Need]) -> Shortage:
    """Return what is short by the lines of the input, what is held already counted as available."""
    places = [n for n, need in enumerate(missing) if need.units]
    return Shortage(
        tuple(
            replace(
                short,
                need=places[short.need],
                requested=needs[places[short.need]].units,
                available=needs[places[short.need]].units - (short.requested - short.available),
            )
            for short in shortage.needs
        )
    )


def raise_short(context: Context, shelves: Shelves, fitting: Fitting, answer: Short, command: ChangeReservation) -> None:
    """Raise the refusal of a change that could not be supplied; the hold is as it was."""
    if fitting.short is None:
        raise short_place(answer.key, answer.free, asked_lines(command.lines))
    problems = Problems()
    refuse_short(context, shelves, fitting.short.needs, problems)
    problems.stop()
