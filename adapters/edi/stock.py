"""Stock of a supplier, out of the reports that lie in its archive: whole, and what came since."""

from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from adapters.edi.config import StockMessage
from adapters.edi.mail import PartnerMail, Posted
from adapters.edi.reading import Letter, LineFault, LineRefused
from adapters.edi.stock_messages import StockReport, stock_report
from adapters.mailbox.archive import LATE, moment
from adapters.mailbox.names import Kept
from gateway.domain.errors import SourceRejected
from gateway.domain.feeds import Batch, Item, RejectedRow, StockDelta, StockRow
from gateway.domain.ids import LocationCode
from gateway.domain.mail import MailReport

Position = tuple[LocationCode, str]
OPERATION = "stock"


@dataclass
class Standing:
    """What a partner's reports add up to: the last word on each position. Taken in from the last report backwards."""

    rows: dict[Position, StockRow] = field(default_factory=dict)
    rejected: list[tuple[LineFault, str]] = field(default_factory=list)
    closed: set[LocationCode] = field(default_factory=set)
    """Places of which a whole report was met: what older ones say of them counts no more."""
    files: list[Posted] = field(default_factory=list)
    oldest_at: datetime | None = None

    def add(self, posted: Posted, reports: list[tuple[Letter, StockReport]]) -> None:
        before = frozenset(self.closed)
        for letter, report in reversed(reports):
            fresh = [row for row in report.rows if row.location not in before]
            for row in fresh:
                self.rows.setdefault((row.location, str(row.item)), row)
            if fresh or report.rejected:
                self.rejected += [(one, letter.file) for one in report.rejected]
            if fresh:
                made_at = min(report.at, posted.written_at)
                self.oldest_at = min(made_at, self.oldest_at or made_at)
            if report.whole:
                self.closed |= report.places
        self.files.append(posted)


class EdiStock:
    """A StockSource. Nobody can be asked for single items by EDI, so `positions` is refused."""

    def __init__(self, mail: PartnerMail, stated: StockMessage) -> None:
        self._mail, self._stated = mail, stated

    async def snapshot(self) -> AsyncIterator[Batch[StockRow]]:
        await self._mail.look(OPERATION)
        yield await self._standing()

    async def changes(self, cursor: str | None) -> AsyncIterator[Batch[StockRow | StockDelta]]:
        """Yield what came since: of a partner whose reports are whole everything anew, of another the lines that it has told."""
        await self._mail.look(OPERATION)
        came = await self._mail.since(cursor, {self._stated.kind}) if cursor else []
        new = [one for one in came if one.kept.stamp > (cursor or "")]
        if not cursor or (new and self._stated.tells == "WHOLE"):
            yield replace(await self._standing(), whole=True)
            return
        # Files of another process may still show up before the cursor, but not for ever.
        recent = self._mail.clock.now() - moment(cursor) < LATE
        yield await self._listed(came if new or recent else [], cursor)

    async def positions(self, _items: Collection[Item]) -> Batch[StockRow]:
        await self._mail.look(OPERATION)
        raise SourceRejected(self._mail.partner.source, "cannot be asked for single items: it sends reports")

    async def _standing(self) -> Batch[StockRow]:
        """Return every position, as of the oldest report that counts; without any report nothing, as of now."""
        found, until = Standing(), self._mail.clock.now() - timedelta(days=self._stated.look_back_days)
        before: Posted | None = None
        async for posted in self._mail.backwards({self._stated.kind}, until):
            if found.files and self._is_covered(found):
                before = posted
                break
            found.add(posted, list(self._reports(posted)))
        if not found.files:
            return self._told((), [], asked_at=self._mail.clock.now(), cursor=None)
        # The report before the oldest that counts was written before that one was begun.
        begun_at = before.written_at if before else None
        rejected = [one.row(0, file) for one, file in found.rejected]
        return self._told(
            tuple(found.rows.values()), rejected, asked_at=found.oldest_at, cursor=found.files[0].kept.stamp, begun_at=begun_at
        )

    def _is_covered(self, found: Standing) -> bool:
        """Tell whether every place that the partner can tell of was told of whole."""
        stated = self._stated
        if stated.tells == "LISTED":
            return False
        ours = set(stated.places.values()) or ({stated.location} if stated.location else set())
        return bool(ours) and ours <= found.closed

    async def _listed(self, came: list[Posted], cursor: str) -> Batch[StockRow | StockDelta]:
        """Return what files since a cursor list, and those from shortly before it, which may have been taken by another process."""
        rows: dict[Position, StockRow] = {}
        rejected: list[RejectedRow] = []
        for posted in came:
            for letter, report in self._reports(posted):
                rows |= {(row.location, str(row.item)): row for row in report.rows}
                rejected += [one.row(0, letter.file) for one in report.rejected]
        last = max(cursor, *(one.kept.stamp for one in came)) if came else cursor
        made_at = min((row.as_of for row in rows.values() if row.as_of), default=None)
        asked_at = made_at or await self._last_written_at(cursor)
        return self._told(tuple(rows.values()), rejected, asked_at=asked_at, cursor=last)

    async def _last_written_at(self, cursor: str) -> datetime:
        """Return when the report at a cursor was made: without a new one nothing is fresher than that."""
        for posted in reversed(await self._mail.since(cursor, {self._stated.kind})):
            if posted.kept.stamp <= cursor:
                return min([posted.written_at, *(report.at for _, report in self._reports(posted))])
        return Kept(cursor, "", (), "").taken_at

    def _reports(self, posted: Posted) -> Iterator[tuple[Letter, StockReport]]:
        for letter in posted.letters:
            if letter.message.kind == self._stated.kind:
                yield letter, self._report(letter, posted)

    def _report(self, letter: Letter, posted: Posted) -> StockReport:
        """Return a report; one that a person overlooked the faults of may tell nothing that can be used."""
        try:
            return stock_report(letter, self._stated)
        except LineRefused as error:
            fault = LineFault(letter.message.kind, letter.start, str(error))
            return StockReport((), (fault,), posted.written_at, whole=False, places=frozenset())

    def _told(
        self,
        rows: tuple[StockRow, ...],
        rejected: list[RejectedRow],
        *,
        asked_at: datetime | None,
        cursor: str | None,
        begun_at: datetime | None = None,
    ) -> Batch[StockRow]:
        every = [*rejected, *(put_aside(one) for one in self._mail.reported())]
        placed = tuple(replace(one, index=len(rows) + n) for n, one in enumerate(every))
        return Batch(rows, placed, asked_at=asked_at, cursor=cursor, begun_at=begun_at, unasked=True)


def put_aside(report: MailReport) -> RejectedRow:
    """Return a file that was not sound as a feed's row that was refused."""
    reasons = "; ".join(str(one) for one in report.faults[:3]) or "nothing was told"
    return RejectedRow(0, report.came_as, f"{report.verdict.lower()}, {report.file}: {reasons}")
