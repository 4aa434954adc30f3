"""The kit on a supplier by EDI: what its numbers mean is seen once the partner answers, and is not guessed while it keeps silent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.edi.envelopes import read
from adapters.edi.interchange import EdiMessage
from adapters.edi.source import build
from gateway.conformance.findings import Report
from gateway.conformance.subject import Bounds
from gateway.domain.ids import SourceCode
from gateway.domain.network import Network, Source
from tests.adapters.edi.partner import EDIFACT, SUPPLIER
from tests.adapters.edi.writers import A, edifact, invrpt
from tests.support.kit import failed, measured, report_on
from tests.support.sandbox_sources import WallClock

MEANING = "one unit taken, and what its figure does"
STATED = Source(
    SUPPLIER,
    "SUPPLIER",
    "edi",
    states="AVAILABLE",
    ordered_by="TIME",
    hand_over="B",
    quiet_period=timedelta(seconds=30),
    settle_delay=timedelta(seconds=10),
)


class AtWork:
    """A partner that accepts what it is sent, and reports what it can send from then on."""

    def __init__(self, root: Path) -> None:
        self.root, self.control, self.units, self.done = root, 100, 10, set[str]()

    def put(self, text: str) -> None:
        part = self.root / "in" / f".{self.control}"
        part.write_text(text, encoding="ascii")
        part.rename(self.root / "in" / f"{self.control}.edi")

    def report(self) -> None:
        self.control += 1
        now = datetime.now(ZoneInfo("Europe/Paris"))
        self.put(invrpt({A: self.units}, self.control, f"{now:%Y%m%d%H%M}"))

    def answer(self, message: EdiMessage) -> None:
        self.control += 1
        reference, asked_back = message.body[0].at(2), message.kind == "ORDCHG"
        self.units += 1 if asked_back else -1
        head = f"BGM+{230 if asked_back else 231}+A-{self.control}+29"
        reference = next((one.at(1, 2) for one in message.body if one.tag == "RFF" and one.at(1) == "ON"), reference)
        self.put(edifact("ORDRSP", [head, f"RFF+ON:{reference}", "UNS+S"], self.control))
        self.report()

    async def work(self) -> None:
        while True:
            for path in sorted((self.root / "out").glob("*.edi")):
                (message,) = read(path.read_text(encoding="latin-1")).interchanges[0].messages
                path.unlink()
                self.answer(message)
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def answering(partner: AtWork) -> AsyncIterator[None]:
    task = asyncio.create_task(partner.work())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def partner(tmp_path: Path) -> AtWork:
    for name in ("in", "out"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    found = AtWork(tmp_path / "mail")
    found.report()
    return found


async def report_of(partner: AtWork, patience_s: float) -> Report:
    options = {**EDIFACT, "folder": str(partner.root.parent), "mailbox": {"folder": "mail", "settle_s": 0}}
    source = Source(**{**{name: getattr(STATED, name) for name in STATED.__slots__}, "options": options})
    network = Network("Brume", "EUR", "FR", "Europe/Paris", SourceCode("erp"), sources=(source,))
    built = build(source, network, WallClock(), environment={})
    try:
        return await report_on(network, source, built, Bounds(patience_s, 0.2, 0, 5, 5), "edi")
    finally:
        await built.close()


async def test_a_partner_that_answers_shows_what_its_numbers_mean(partner: AtWork) -> None:
    async with answering(partner):
        report = await report_of(partner, 8)
    assert failed(report) == {}
    assert measured(report, MEANING, "observed") == "AVAILABLE", [one.seen for one in report.findings if one.asked == MEANING]
    assert measured(report, "what it has under our reference", "observed") == "B"
    assert partner.units == 10


async def test_of_a_partner_that_keeps_silent_nothing_is_concluded(partner: AtWork) -> None:
    report = await report_of(partner, 0.3)
    assert failed(report) == {}
    (meaning,) = [one for one in report.findings if one.asked == MEANING]
    assert meaning.outcome == "NOT TRIED"
    assert "nothing has told within 0.3 s that it was taken" in meaning.seen
