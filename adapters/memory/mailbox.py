"""A stand-in for a partner's mailbox: files that are put aside, and taken in again."""

from dataclasses import replace
from itertools import count

from adapters.memory.sources import Switch, SystemClock
from gateway.domain.errors import NotFound
from gateway.domain.mail import MailFault, MailReport
from gateway.ports.stores import Clock


class MemoryMailbox:
    """A Mailbox; `put_aside` brings a file with faults, `taken` lists what was taken in."""

    def __init__(self, source: str = "memory", clock: Clock | None = None) -> None:
        self.switch, self._source, self._clock = Switch(), source, clock or SystemClock()
        self._reports: dict[str, MailReport] = {}
        self._numbers = count(1)
        self.taken: list[MailReport] = []

    def put_aside(self, name: str, *faults: MailFault) -> None:
        file = f"{next(self._numbers):06}~{name}"
        self._reports[file] = MailReport(self._source, file, name, "PARTNER", "1", self._clock.now(), "QUARANTINED", faults)

    async def reports(self, limit: int) -> list[MailReport]:
        self.switch.pass_through("reports")
        return [self._reports[file] for file in sorted(self._reports, reverse=True)][:limit]

    async def replay(self, file: str, *, overlook: bool = False) -> MailReport:
        self.switch.pass_through("replay")
        known = self._reports.pop(file, None)
        if known is None:
            raise NotFound("file", file)
        again = replace(known, file=f"{next(self._numbers):06}~{known.came_as}", at=self._clock.now())
        again = replace(again, verdict="WARNED") if overlook else again
        self._reports[again.file] = again
        self.taken += [again] if overlook else []
        return again
