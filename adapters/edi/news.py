"""What a supplier tells of orders: answers, despatches, and orders that its system could not read."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from adapters.edi import receipts
from adapters.edi.despatches import despatch_news
from adapters.edi.mail import PartnerMail, Posted
from adapters.edi.orders import CANCELLATION, reference_and_kind, reference_of
from adapters.edi.reading import Letter, LineFault, LineRefused
from adapters.edi.responses import response_news
from adapters.edi.stock import put_aside
from adapters.mailbox.departures import Departure
from gateway.domain.feeds import Batch, WorkNews

OPERATION = "news"
Told = tuple[list[WorkNews], list[LineFault]]


class EdiNews:
    """A WorkNewsSource: a batch for each file, in the order in which files were taken. Files from shortly before the cursor come again.

    An event is named by its file, its message and what it says, so that it keeps its name; a file that is replayed tells new events.
    """

    def __init__(self, mail: PartnerMail) -> None:
        self._mail, options = mail, mail.partner.options
        answers = set(options.response.kinds) if options.response else set()
        self._kinds = answers | ({options.despatch.kind} if options.despatch else set()) | receipts.KINDS

    async def news(self, cursor: str | None) -> AsyncIterator[Batch[WorkNews]]:
        await self._mail.look(OPERATION)
        now, last = self._mail.clock.now(), cursor
        for posted in await self._mail.since(cursor, self._kinds):
            last = max(last or "", posted.kept.stamp)
            yield await self._batch(posted, last)
        silent = tuple(self._silent(one, now) for one in await self._mail.silence.noticed())
        rejected = tuple(replace(put_aside(one), index=len(silent) + n) for n, one in enumerate(self._mail.reported()))
        yield Batch(silent, rejected, asked_at=now, cursor=last)

    def _silent(self, one: Departure, now: datetime) -> WorkNews:
        return WorkNews(f"{one.name}:UNREAD", reference_and_kind(one.name)[0], "UNREAD", now)

    async def _batch(self, posted: Posted, cursor: str) -> Batch[WorkNews]:
        news: list[WorkNews] = []
        faults: list[LineFault] = []
        for letter in posted.letters:
            told, refused = await self._tried(letter, f"{posted.kept.stamp}:{letter.number}")
            news, faults = [*news, *told], [*faults, *refused]
        rejected = tuple(one.row(len(news) + n, posted.kept.name) for n, one in enumerate(faults))
        return Batch(tuple(news), rejected, asked_at=self._mail.clock.now(), cursor=cursor, complete=False)

    async def _tried(self, letter: Letter, event: str) -> Told:
        """Return what a message tells; one that a person overlooked the faults of may tell nothing that can be used."""
        try:
            return await self._of(letter, event)
        except LineRefused as error:
            return [], [LineFault(letter.message.kind, letter.start, str(error))]

    async def _of(self, letter: Letter, event: str) -> Told:
        options, kind = self._mail.partner.options, letter.message.kind
        if options.response and kind in options.response.kinds:
            return response_news(letter, options.response, event)
        if options.despatch and kind == options.despatch.kind:
            return despatch_news(letter, options.despatch, event)
        return await self._refusals(letter, event) if kind in receipts.KINDS else ([], [])

    async def _refusals(self, letter: Letter, event: str) -> Told:
        """Return news of orders that the partner's system could not read; that it could read one says nothing of whether it is taken."""
        news: list[WorkNews] = []
        faults: list[LineFault] = []
        for one in receipts.said(letter.message):
            name, at = await self._mail.departures.name_of(one.control), letter.at(())
            reference = reference_of(name)
            if one.accepted:
                if reference and self._mail.partner.options.acknowledged_within:
                    news.append(WorkNews(f"{event}:READ:{one.control}", reference, "READ", at))
            elif reference_and_kind(name)[1] == CANCELLATION:
                news.append(WorkNews(f"{event}:KEPT:{one.control}", reference_and_kind(name)[0], "KEPT", at))
            elif reference is None:
                faults.append(LineFault(one.control, one.segment, "refuses what is no order of ours"))
            elif self._mail.partner.options.refused_syntax == "REJECT":
                news.append(WorkNews(f"{event}:REFUSED:{one.control}", reference, "REJECTED", at, reason="OTHER"))
        return news, faults
