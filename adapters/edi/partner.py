"""One partner: its profile, and what a file from it is worth before anything of it is believed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from adapters.edi import receipts
from adapters.edi.config import EdiOptions
from adapters.edi.despatches import despatch_news
from adapters.edi.encodings import decoded
from adapters.edi.envelopes import read
from adapters.edi.interchange import Document, Fault, Interchange
from adapters.edi.reading import Letter, LineFault, LineRefused
from adapters.edi.responses import response_news
from adapters.edi.segments import Unreadable
from adapters.edi.stock_messages import stock_report
from adapters.mailbox.arrivals import Examined
from gateway.domain.mail import MailFault

MOST_INTERCHANGES = 8
"""Control numbers that a kept file's name holds."""
COUNTED = frozenset({"COUNT", "REFERENCE"})
"""Faults of which the profile says whether they matter."""


@dataclass
class Verdict:
    """What is wrong with a file; `sound` False: it is put aside."""

    faults: list[MailFault] = field(default_factory=list)
    sound: bool = True

    def add(self, fault: MailFault, *, grave: bool) -> None:
        self.faults.append(fault)
        self.sound &= not grave


@dataclass(frozen=True)
class Partner:
    """A partner as all parts of the adapter see it."""

    source: str
    options: EdiOptions
    zone: ZoneInfo

    @property
    def kinds(self) -> frozenset[str]:
        """Return the kinds of message that the profile reads."""
        options = self.options
        stock = {options.stock.kind} if options.stock else set()
        responses = set(options.response.kinds) if options.response else set()
        return frozenset(stock | responses | ({options.despatch.kind} if options.despatch else set()) | receipts.KINDS)

    def opened(self, content: bytes) -> Document:
        """Raise Unreadable for bytes that are no EDI in the partner's encoding."""
        return read(decoded(content, self.options.encoding))

    def letters(self, file: str, document: Document) -> list[Letter]:
        pairs = ((one, message) for one in document.interchanges for message in one.messages)
        return [Letter(file, one, message, self.zone, number) for number, (one, message) in enumerate(pairs, 1)]

    async def examined(self, name: str, content: bytes) -> Examined:
        """Look at a file: who sent it, whether its envelopes are whole and its messages can be used."""
        try:
            document = self.opened(content)
        except Unreadable as error:
            return Examined(self.options.partner.id, faults=(MailFault(0, "", f"it {error}"),), sound=False)
        verdict = Verdict()
        for fault in document.every_fault:
            verdict.add(_told(fault), grave=fault.kind not in COUNTED or self.options.wrong_count == "QUARANTINE")
        for one in document.interchanges:
            self._judge_envelope(one, verdict)
        if len(document.interchanges) > MOST_INTERCHANGES:
            verdict.add(MailFault(0, "", f"holds {len(document.interchanges)} interchanges; at most {MOST_INTERCHANGES}"), grave=True)
        if not verdict.sound and not self._can_be_read(document):
            return self._told(document, verdict)
        for letter in self.letters(name, document):
            self._judge(letter, verdict)
        return self._told(document, verdict)

    def _told(self, document: Document, verdict: Verdict) -> Examined:
        kinds = dict.fromkeys(message.kind for one in document.interchanges for message in one.messages)
        numbers = "+".join(one.control for one in document.interchanges[:MOST_INTERCHANGES])
        return Examined(self.options.partner.id, numbers, tuple(kinds), tuple(verdict.faults), verdict.sound)

    def _can_be_read(self, document: Document) -> bool:
        return all(one.standard == self.options.standard for one in document.interchanges)

    def _judge_envelope(self, one: Interchange, verdict: Verdict) -> None:
        options = self.options
        wrong = []
        if one.standard != options.standard:
            wrong.append(f"is {one.standard}, and this partner's profile says {options.standard}")
        if one.sender[0] != options.partner.id or options.partner.qualifier not in {"", one.sender[1]}:
            wrong.append(f"was sent by {_party(one.sender)}, not by {_party((options.partner.id, options.partner.qualifier))} (partner)")
        if one.receiver[0] != options.own.id or options.own.qualifier not in {"", one.receiver[1]}:
            wrong.append(f"is meant for {_party(one.receiver)}, not for {_party((options.own.id, options.own.qualifier))} (own)")
        if one.test and not options.test:
            wrong.append("is a test, and the profile takes none (test)")
        if not one.messages:
            wrong.append("holds no message")
        for reason in wrong:
            verdict.add(MailFault(one.position, "ISA" if one.standard == "X12" else "UNB", reason), grave=True)

    def _judge(self, letter: Letter, verdict: Verdict) -> None:
        """Try a message: one of which nothing can be used puts its file aside, single lines are only told."""
        message, start = letter.message, "ST" if letter.standard == "X12" else "UNH"
        if message.kind not in self.kinds:
            grave = self.options.unknown_message == "QUARANTINE"
            verdict.add(MailFault(message.position, start, f"the profile reads no {message.kind or 'message without a kind'}"), grave=grave)
            return
        try:
            usable, refused = self._tried(letter)
        except LineRefused as error:
            verdict.add(MailFault(message.position, start, f"{message.kind}: {error}"), grave=True)
            return
        for one in refused:
            verdict.add(one.fault(), grave=not usable)

    def _tried(self, letter: Letter) -> tuple[bool, list[LineFault]]:
        options, kind = self.options, letter.message.kind
        if options.stock and kind == options.stock.kind:
            report = stock_report(letter, options.stock)
            return bool(report.rows), list(report.rejected)
        if options.response and kind in options.response.kinds:
            news, refused = response_news(letter, options.response, "")
            return bool(news), refused
        if options.despatch and kind == options.despatch.kind:
            news, refused = despatch_news(letter, options.despatch, "")
            return bool(news), refused
        found = [one for one in receipts.said(letter.message) if not one.accepted]
        return True, [LineFault(one.control, one.segment, f"the partner's system refused it: {one.codes}") for one in found]

    def acknowledged(self, document: Document) -> Iterator[Interchange]:
        """Yield the interchanges that are to be acknowledged; receipts themselves never are."""
        for one in document.interchanges:
            asked = self.options.acknowledges == "ALWAYS" or (self.options.acknowledges == "ASKED" and one.asks_receipt)
            if asked and any(message.kind not in receipts.KINDS for message in one.messages):
                yield one


def _told(fault: Fault) -> MailFault:
    return MailFault(fault.position, fault.tag, fault.reason)


def _party(party: tuple[str, str]) -> str:
    return ":".join(one for one in party if one) or "(nobody)"
