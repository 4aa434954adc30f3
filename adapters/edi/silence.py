"""Files of ours of which the partner has not said in time that it could read them: by a receipt (997, CONTRL, TA1), or by an answer."""

from datetime import datetime, timedelta

import structlog

from adapters.edi import receipts
from adapters.edi.despatches import despatch_news
from adapters.edi.interchange import Document
from adapters.edi.partner import Partner
from adapters.edi.reading import Letter, LineRefused
from adapters.edi.responses import response_news
from adapters.mailbox.departures import Departure, Departures
from gateway.domain.mail import MailFault, MailReport
from gateway.ports.stores import Clock

log = structlog.get_logger(__name__)
LOOKED_BACK = timedelta(days=30)
"""Files that were put out before are not asked after any more."""
SHARE = 10
"""How many times within the partner's time the folder of what was sent is looked through, by each process."""


class Silence:
    """What is known to have been read is marked beside the copy of what was sent, so that all processes and restarts know it."""

    def __init__(self, partner: Partner, departures: Departures, clock: Clock) -> None:
        self._partner, self._departures, self._clock = partner, departures, clock
        self._looked_at: datetime | None = None
        self._told: set[str] = set()

    async def hear(self, file: str, document: Document) -> None:
        """Mark what a file shows to have been read, whether it was accepted or not."""
        if self._partner.options.acknowledged_within is None:
            return
        for letter in self._partner.letters(file, document):
            for one in receipts.said(letter.message) if letter.message.kind in receipts.KINDS else ():
                if name := await self._departures.name_of(one.control):
                    await self._departures.heard_of(name, f"{letter.message.kind} {one.codes}")
            for reference in self._answered(letter):
                await self._departures.heard_of(reference, letter.message.kind)

    async def noticed(self) -> list[Departure]:
        """Return files that the partner should have read by now, from time to time; nothing in between."""
        within, now = self._partner.options.acknowledged_within, self._clock.now()
        if within is None or (self._looked_at is not None and now - self._looked_at < within / SHARE):
            return []
        self._looked_at = now
        found = await self._unread(within)
        for name in {one.name for one in found} - self._told:
            log.warning("mail_not_acknowledged", source=self._partner.source, file=name, within=str(within))
        self._told = {one.name for one in found}
        return found

    async def reports(self) -> list[MailReport]:
        """Return them as files with something wrong."""
        options, within = self._partner.options, self._partner.options.acknowledged_within
        if within is None:
            return []
        reason = f"was put out, and within {within} nothing has come that tells it could be read (997, CONTRL, TA1 or an answer)"
        return [
            MailReport(
                self._partner.source,
                f"{one.name}.edi",
                f"{one.name}.edi",
                options.partner.id,
                "",
                one.at or self._clock.now(),
                "UNREAD",
                (MailFault(0, "", reason),),
            )
            for one in await self._unread(within)
        ]

    async def _unread(self, within: timedelta) -> list[Departure]:
        now = self._clock.now()
        return await self._departures.unheard(now - within, now - LOOKED_BACK)

    def _answered(self, letter: Letter) -> list[str]:
        """Return the numbers of work that a message answers."""
        options, kind = self._partner.options, letter.message.kind
        try:
            if options.response and kind in options.response.kinds:
                return [one.reference for one in response_news(letter, options.response, "")[0]]
            if options.despatch and kind == options.despatch.kind:
                return [one.reference for one in despatch_news(letter, options.despatch, "")[0]]
        except LineRefused:
            pass
        return []
