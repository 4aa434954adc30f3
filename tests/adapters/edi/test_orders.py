"""What is written: right in every count, readable by two other libraries, put out once however often its sending is broken off."""

from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pyx12.x12file
from pydifact.segmentcollection import Interchange as OtherInterchange

from adapters.edi.envelopes import read
from adapters.edi.segments import Segment, trimmed
from gateway.domain.errors import ConfigurationInvalid, SourceError, SourceRejected, SourceUnavailable
from tests.adapters.edi.messages import ADDRESS, purchase_order
from tests.adapters.edi.partner import EDIFACT, X12, Postbox
from tests.adapters.edi.writers import A, B

REFERENCE = "AAAA-BBBB-CCCC-1"
SEPARATORS = {"component": "|", "element": "^", "terminator": "!", "release": "\\"}


async def sent(box: Postbox, reference: str = REFERENCE, **message: Any) -> str:
    assert box.ports.hand_over
    await box.ports.hand_over.send(purchase_order(reference, **message))
    return box.fetched()[-1]


@pytest.mark.filterwarnings("ignore::pydifact.exceptions.MissingImplementationWarning")
@pytest.mark.parametrize("separators", [{}, SEPARATORS], ids=["usual", "others"])
async def test_an_order_in_edifact_says_what_was_ordered_and_pydifact_reads_it_so(tmp_path: Path, separators: dict[str, str]) -> None:
    text = await sent(Postbox(tmp_path, {**EDIFACT, "separators": separators}))
    document = read(text)
    assert document.every_fault == []
    (message,) = document.interchanges[0].messages
    ours = {segment.tag: segment for segment in message.body if segment.tag in {"BGM", "NAD"}}
    assert (message.kind, ours["BGM"].at(2), ours["NAD"].at(4)) == ("ORDERS", REFERENCE, ADDRESS["name"])
    assert ours["NAD"].at(5) == ADDRESS["line1"]
    assert [(one.at(3), one.at(1)) for one in message.body if one.tag == "LIN"] == [(A, "1"), (B, "2")]
    assert [one.at(1, 2) for one in message.body if one.tag == "QTY"] == ["2", "1"]
    theirs = [
        (one.tag, [[part] if isinstance(part, str) else list(part) for part in one.elements])
        for one in OtherInterchange.from_str(text).segments
    ]
    assert theirs == [(one.tag, [list(part) for part in one.elements]) for one in with_ends(message)]


def with_ends(message: Any) -> list[Any]:
    ends = [Segment("UNT", trimmed([[str(len(message.body) + 2)], [message.reference]]))]
    return [Segment("UNH", trimmed([[message.reference], ["ORDERS", *message.version.split(":")]])), *message.body, *ends]


async def test_an_order_in_x12_says_what_was_ordered_and_pyx12_finds_no_fault(tmp_path: Path) -> None:
    text = await sent(
        Postbox(tmp_path, {**X12, "encoding": "latin-1", "separators": {"component": ":", "element": "|", "terminator": "'"}})
    )
    document = read(text)
    assert document.every_fault == []
    reader = pyx12.x12file.X12Reader(StringIO(text))
    tags = [segment.get_seg_id() for segment in reader]
    assert reader.pop_errors() == []
    (message,) = document.interchanges[0].messages
    assert tags == ["ISA", "GS", "ST", *(one.tag for one in message.body), "SE", "GE", "IEA"]
    lines = [one for one in message.body if one.tag == "PO1"]
    assert [[one.at(n) for n in (1, 2, 6, 7, 8, 9)] for one in lines] == [
        ["1", "2", "EN", A, "VP", "L-1"],
        ["2", "1", "EN", B, "BP", "CHAIR"],
    ]
    beg = next(one for one in message.body if one.tag == "BEG")
    assert [beg.at(n) for n in (1, 2, 3, 5)] == ["00", "SA", REFERENCE, "20261128"]
    street = next(one for one in message.body if one.tag == "N3")
    assert street.at(1) == "1 rue de l Été  no 5+6"


async def test_letters_that_an_encoding_lacks_lose_their_accents_and_others_are_refused(tmp_path: Path) -> None:
    box = Postbox(tmp_path, {**EDIFACT, "version": "UNOA:2"})
    assert "Zoe O?'Neill & Sohne" in await sent(box)
    with pytest.raises(SourceRejected, match=r"U\+0416 cannot be written in ascii; set the partner's encoding"):
        await sent(box, "AAAA-BBBB-CCCC-2", address={**ADDRESS, "name": "Жанна"})
    assert box.fetched() == []


async def test_a_partner_gets_the_segments_that_its_profile_asks_for(tmp_path: Path) -> None:
    order = {"header": ["BEG*00*DS*{reference}**{date}", "REF*SR*N"], "extra": ["CSH*Y"], "line": ["PO1*{line}*{quantity}*EA***VN:{code}"]}
    text = await sent(Postbox(tmp_path, {**X12, "sends": {"purchase_order": order}, "lines": True}))
    (message,) = read(text).interchanges[0].messages
    assert ["*".join([one.tag, *(part[0] for part in one.elements)]) for one in message.body] == [
        f"BEG*00*DS*{REFERENCE}**20261128",
        "REF*SR*N",
        "CSH*Y",
        "PO1*1*2*EA***VN*L-1",
        "PO1*2*1*EA",
        "CTT*2",
    ]
    assert text.endswith("~\r\n")


async def test_control_numbers_are_used_once_and_grow(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    numbers = [int(read(await sent(box, f"AAAA-BBBB-CCCC-{n}")).interchanges[0].control) for n in range(4)]
    assert all(before < after for before, after in pairwise(numbers))
    other = Postbox(tmp_path, EDIFACT)
    assert int(read(await sent(other, "AAAA-BBBB-CCCC-9")).interchanges[0].control) > numbers[-1]


async def test_a_cancellation_is_written_where_a_partner_takes_one_and_refused_else(tmp_path: Path) -> None:
    message = purchase_order(REFERENCE, "k:cancel:1", "CANCEL", source_reference="A-7")
    box = Postbox(tmp_path, EDIFACT)
    assert box.ports.hand_over
    assert box.ports.hand_over.takes(message)
    await box.ports.hand_over.send(message)
    (cancel,) = read(box.fetched()[0]).interchanges[0].messages
    assert (cancel.kind, cancel.body[0].at(3)) == ("ORDCHG", "1")
    assert not box.ports.hand_over.takes(purchase_order("AAAA-BBBB-CCCC", kind="CANCEL", fulfillment=None))
    without = Postbox(tmp_path, {**EDIFACT, "sends": {"purchase_order": {}}})
    assert without.ports.hand_over
    assert not without.ports.hand_over.takes(message)
    with pytest.raises(SourceRejected, match="takes no CANCEL"):
        await without.ports.hand_over.send(message)


@pytest.mark.parametrize("step", range(1, 9))
async def test_sending_that_is_broken_off_anywhere_is_asked_after_and_put_out_once(tmp_path: Path, step: int) -> None:
    box = Postbox(tmp_path, EDIFACT)
    target, message = box.ports.hand_over, purchase_order(REFERENCE)
    assert target
    store = breaking(box, step)
    with pytest.raises(SourceError) as lost:
        await target.send(message)
    store.mend()
    asked = await target.find(message)
    if not lost.value.unknown_effect:
        assert (asked, box.names("out")) == (None, [])
    if asked is None:
        await target.send(message)
    assert len(box.fetched()) == 1
    assert await target.find(message) is not None
    await target.send(message)
    assert box.fetched() == []
    assert store.broken == 1


def breaking(box: Postbox, step: int) -> Any:
    """Let the n-th write of the mailbox fail: those that only prepare before their effect, the move out after it."""
    store = box.ports.hand_over._mail.store  # type: ignore[union-attr]
    return Breaking(store, step)


class Breaking:
    def __init__(self, store: Any, step: int) -> None:
        self.broken, self._left, self._store = 0, step, store
        self._create, self._move, self._remove = store.create, store.move, store.remove
        store.create, store.move, store.remove = self.create, self.move, self.remove

    def mend(self) -> None:
        self._store.create, self._store.move, self._store.remove = self._create, self._move, self._remove
        assert self.broken or self._left > 0

    async def create(self, path: str, content: bytes) -> None:
        self._count()
        await self._create(path, content)

    async def remove(self, path: str) -> None:
        self._count()
        await self._remove(path)

    async def move(self, path: str, to: str) -> None:
        if to.startswith("out/"):
            await self._move(path, to)
            self._count()
            self.broken += 1
            raise SourceUnavailable("atlas", "its mailbox hung up", unknown_effect=True)
        self._count()
        await self._move(path, to)

    def _count(self) -> None:
        self._left -= 1
        if not self._left:
            self.broken += 1
            raise SourceUnavailable("atlas", "its mailbox hung up", unknown_effect=True)


@pytest.mark.parametrize(
    ("profile", "source", "line"),
    [
        ({}, {"hand_over": "A"}, "sources.atlas.hand_over: cannot be A: a partner honors no key of ours"),
        ({}, {"hand_over": None}, "sources.atlas.hand_over: is missing; say B"),
        ({}, {"ordered_by": "SEQUENCE"}, "sources.atlas.ordered_by: must be TIME"),
        ({"time_zone": "Mars/Olympus"}, {}, "sources.atlas.options.time_zone: 'Mars/Olympus' is no time zone"),
        ({"time_zon": "X12"}, {}, "sources.atlas.options.time_zon: unknown key; did you mean 'time_zone'?"),
        ({"stock": {"location": "atlas"}}, {}, "sources.atlas.options: stock.quantity: is missing; name the qualifiers"),
        ({"separators": {"element": ":"}}, {}, "sources.atlas.options: separators: uses one character for two things"),
        ({"encoding": "latin-99"}, {}, "sources.atlas.options.encoding: 'latin-99' is no encoding"),
        ({"response": {"reference": ["RFF"]}}, {}, "sources.atlas.options.response.reference.0: 'RFF' is no place in a segment"),
        (
            {"sends": {"purchase_order": {"line": ["LIN+{lin}"]}}},
            {},
            "sources.atlas.options.sends.purchase_order.line.0: 'LIN+{lin}' has the blank {lin}",
        ),
    ],
)
def test_a_profile_that_cannot_be_used_is_told_by_its_key(
    tmp_path: Path, profile: dict[str, Any], source: dict[str, Any], line: str
) -> None:
    with pytest.raises(ConfigurationInvalid) as refused:
        Postbox(tmp_path, {**EDIFACT, **profile}, source=source)
    assert any(problem.startswith(line) for problem in refused.value.problems), refused.value.problems
