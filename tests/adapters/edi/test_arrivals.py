"""Files on their way in: left alone until whole, taken once, put aside with the reason, and replayed."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.edi.envelopes import read
from gateway.domain.mail import MailReport
from tests.adapters.edi.messages import purchase_order
from tests.adapters.edi.partner import EDIFACT, X12, Postbox
from tests.adapters.edi.samples import INVRPT
from tests.adapters.edi.writers import A, B, acknowledgement_997, desadv, edifact, inventory_846, invrpt, ordrsp
from tests.contracts.stock_source import snapshot_of

REFERENCE = "AAAA-BBBB-CCCC-1"
SECONDS_AGO = 1_795_867_190
"""Ten seconds before the clock of the tests stands."""


def lying(box: Postbox, content: str, name: str = "a.edi", at: float = SECONDS_AGO) -> None:
    box.drop(content, name)
    os.utime(box.root / "in" / name, (at, at))


async def test_a_file_that_still_grows_is_left_alone_until_it_rests(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT, mailbox={"settle_s": 30})
    whole = invrpt({A: 5})
    lying(box, whole[:100])
    assert (await box.rows(), box.names("in")) == ([], ["a.edi"])
    box.clock.go_on(40)
    lying(box, whole, at=SECONDS_AGO + 5)
    assert (await box.rows(), box.names("in")) == ([], ["a.edi"])
    box.clock.go_on(29)
    assert await box.rows() == []
    box.clock.go_on(1)
    assert await box.rows() == [("atlas", A, 5)]
    assert (box.names("in"), len(box.names("archive"))) == ([], 1)
    assert await box.reports() == []


async def test_a_file_of_long_ago_is_whole_for_whoever_sees_it_first(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT, mailbox={"settle_s": 600})
    lying(box, invrpt({A: 5}), at=SECONDS_AGO - 7200)
    assert await box.rows() == [("atlas", A, 5)]


@pytest.mark.parametrize("name", ["a.edi.part", "a.tmp", ".a.edi", "a.FILEPART"])
async def test_a_name_of_what_is_being_written_is_left_alone_for_ever(tmp_path: Path, name: str) -> None:
    box = Postbox(tmp_path, EDIFACT)
    lying(box, invrpt({A: 5}), name, at=SECONDS_AGO - 7200)
    assert (await box.rows(), box.names("in")) == ([], [name])
    (box.root / "in" / name).rename(box.root / "in" / "a.edi")
    assert await box.rows() == [("atlas", A, 5)]


async def test_a_file_is_kept_as_it_came_and_read_once(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    box.drop(ordrsp(REFERENCE, [("5", A, 2)]))
    first = await box.news()
    assert len([one for batch in first for one in batch.rows]) == 1
    (kept,) = (box.root / "archive").rglob("*.edi")
    assert kept.read_bytes().decode("latin-1") == ordrsp(REFERENCE, [("5", A, 2)])
    again = [one for batch in await box.news(first[-1].cursor) for one in batch.rows]
    assert {one.event for one in again} <= {one.event for batch in first for one in batch.rows}


async def test_an_interchange_that_comes_twice_is_told_and_put_aside(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    box.drop(ordrsp(REFERENCE, [("5", A, 2)], 7), "a.edi")
    await box.news()
    box.clock.go_on(60)
    box.drop(ordrsp(REFERENCE, [("7", A, 2)], 7), "b.edi")
    told = [one.step for one in await box.told()]
    assert told == ["ACCEPTED"]
    (report,) = await box.reports()
    assert (report.verdict, report.came_as, report.control) == ("DUPLICATE", "b.edi", "7")
    assert report.faults[-1].reason.startswith("its control number 7 came before, in 20261128T1200")
    assert len(box.names("rejected")) == 1
    refused = [row.reason for batch in await box.news() for row in batch.rejected]
    assert refused == []


async def test_a_file_that_was_put_aside_is_told_by_the_next_feed_that_looks(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    box.drop(ordrsp(REFERENCE, [("5", A, 2)])[:-8], "cut.edi")
    with capture_logs() as lines:
        (row,) = [row for batch in await box.news() for row in batch.rejected]
    assert row.item == "cut.edi"
    assert row.reason.startswith("quarantined, 20261128T1200")
    assert "UNZ is missing" in row.reason or "breaks off" in row.reason
    assert [(line["event"], line["file"], line["verdict"]) for line in lines] == [("mail_not_sound", "cut.edi", "QUARANTINED")]


@pytest.mark.parametrize(
    ("content", "profile", "reason"),
    [
        (b"<html>502</html>", {}, "it begins with '<html>502</html>', not with UNA, UNB or ISA"),
        (invrpt({A: 5}).replace("R-1", "\xe9").replace("UNOC", "UNOA"), {}, "is not ascii, as UNOA says; state the partner's encoding"),
        (invrpt({A: 5})[:-20], {}, "breaks off"),
        (invrpt({A: 5}).replace("UNB+UNOC:3+ATLAS", "UNB+UNOC:3+OTHER"), {}, "was sent by OTHER:14, not by ATLAS:14 (partner)"),
        (invrpt({A: 5}).replace("BRUME:14", "BRUME:1"), {}, "is meant for BRUME:1, not for BRUME:14 (own)"),
        (inventory_846({A: 5}), {}, "is X12, and this partner's profile says EDIFACT"),
        (INVRPT.replace("0800+42'UNH", "0800+42++++++1'UNH"), {}, "is a test, and the profile takes none (test)"),
        (edifact("INVRPT", ["BGM+35+R-1+9"]), {}, "INVRPT: it has no lines"),
        (edifact("PRICAT", ["BGM+9+R-1+9"]), {}, "the profile reads no PRICAT"),
        (invrpt({A: 5}).replace(":EN", ":XX"), {}, "names its article by XX 4006381333931; the profile's ids know"),
        (ordrsp(REFERENCE, [("99", A, 2)]), {}, "its answer '99' is none of response.answers; add it with what it means"),
        (ordrsp("", [("5", A, 2)]), {}, "names no order of ours (response.reference)"),
        (desadv("", {A: 2}), {}, "no order of ours is named for it (despatch.reference)"),
        (INVRPT * 9, {"wrong_count": "WARN"}, "holds 9 interchanges; at most 8"),
        (invrpt({A: 5}).replace("261128:0800", "26XX28:0800").replace("202611280800", "x"), {}, "is no time"),
    ],
    ids=range(15),
)
async def test_what_cannot_be_used_is_put_aside_with_the_reason(
    tmp_path: Path, content: str | bytes, profile: dict[str, Any], reason: str
) -> None:
    box = Postbox(tmp_path, {**EDIFACT, **profile})
    box.drop(content)
    assert (await box.rows(), await box.told()) == ([], [])
    (report,) = await box.reports()
    assert (report.verdict, report.source, report.partner) == ("QUARANTINED", "atlas", "ATLAS")
    assert any(reason in str(fault) for fault in report.faults), report.faults
    assert (box.names("in"), box.names("archive"), len(box.names("rejected"))) == ([], [], 1)


async def test_a_file_larger_than_allowed_is_put_aside_unread(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT, mailbox={"most_bytes": 2000})
    box.drop(invrpt({A: 5}) + " " * 2000)
    assert await box.rows() == []
    assert await box.reasons() == ["is larger than 2000 bytes (most_bytes)"]


async def test_two_processes_take_each_file_once(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    others = [box.anew() for _ in range(4)]
    for n in range(20):
        box.drop(ordrsp(f"AAAA-BBBB-{n:04}-1", [("5", A, 2)], n + 1), f"{n}.edi")

    async def look(ports: Any) -> None:
        async for _ in ports.news.news(None):
            pass

    await asyncio.gather(*(look(ports) for ports in others))
    told = await box.told()
    assert sorted(one.reference for one in told) == sorted(f"AAAA-BBBB-{n:04}-1" for n in range(20))
    assert (len(box.names("archive")), box.names("rejected"), await box.reports()) == (20, [], [])


@pytest.mark.parametrize("step", range(1, 5))
async def test_taking_that_was_broken_off_anywhere_is_made_good_and_loses_nothing(tmp_path: Path, step: int) -> None:
    box = Postbox(tmp_path, {**X12, "acknowledges": "ALWAYS"})
    box.drop(inventory_846({A: 5}, 9))
    died = box.anew()
    store, left = died.stock._mail.store, step  # type: ignore[union-attr]

    def counted() -> bool:
        nonlocal left
        left -= 1
        return left <= 0

    for name in ("create", "move"):
        setattr(store, name, dying(getattr(store, name), counted))
    assert died.stock
    with pytest.raises(asyncio.CancelledError):
        await snapshot_of(died.stock)
    box.clock.go_on(7200)
    assert await box.rows() == [("atlas", A, 5)]
    assert (box.names("in"), await box.reports()) == ([], [])
    assert all(read(text).interchanges[0].messages[0].kind == "997" for text in box.fetched())


def dying(call: Any, is_over: Any) -> Any:
    async def step(*arguments: Any) -> Any:
        if is_over():
            raise asyncio.CancelledError
        return await call(*arguments)

    return step


async def replayed(box: Postbox, report: MailReport, *, overlook: bool = False) -> MailReport:
    assert box.ports.mailbox
    return await box.ports.mailbox.replay(report.file, overlook=overlook)


async def test_a_file_that_was_put_aside_comes_in_once_its_profile_is_right(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    box.drop(invrpt({A: 5}).replace("DEPOT", "LYON"))
    assert await box.rows() == []
    (report,) = await box.reports()
    assert "the place 'LYON' is none of stock.places; add it, with our location" in report.faults[0].reason
    mended = Postbox(tmp_path, {**EDIFACT, "stock": {**EDIFACT["stock"], "places": {"LYON": "lyon"}}}, box.clock)
    assert (await replayed(mended, report)).verdict == "TAKEN"
    assert (await mended.rows(), await mended.reports(), box.names("rejected")) == ([("lyon", A, 5)], [], [])


async def test_a_file_that_is_taken_in_again_is_nobody_elses_meanwhile(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    lying(box, invrpt({A: 5}).replace("UNZ+1", "UNZ+4"), at=SECONDS_AGO - 7200)
    assert await box.rows() == []
    (report,) = await box.reports()
    other = box.anew()
    store = box.ports.mailbox._store  # type: ignore[union-attr]
    for name in ("files", "read", "create", "move"):
        setattr(store, name, behind(getattr(store, name), other.stock._mail.arrivals.look))  # type: ignore[union-attr]
    assert (await replayed(box, report, overlook=True)).verdict == "WARNED"
    assert (await box.rows(), box.names("rejected")) == ([("atlas", A, 5)], [])


def behind(call: Any, look: Any) -> Any:
    """Return a step of a store after which another process has looked at the mailbox."""

    async def step(*arguments: Any) -> Any:
        found = await call(*arguments)
        await look()
        return found

    return step


async def test_a_duplicate_that_a_person_vouches_for_is_taken(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    box.drop(ordrsp(REFERENCE, [("5", A, 2)], 7), "a.edi")
    await box.told()
    box.drop(ordrsp(REFERENCE, [("7", A, 2)], 7), "b.edi")
    await box.told()
    (report,) = await box.reports()
    assert (await replayed(box, report)).verdict == "DUPLICATE"
    (report,) = await box.reports()
    assert (await replayed(box, report, overlook=True)).verdict == "TAKEN"
    assert [one.step for one in await box.told()] == ["ACCEPTED", "REJECTED"]


async def test_a_file_that_was_taken_is_told_to_every_feed_again_as_new_events(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    box.drop(ordrsp(REFERENCE, [("5", A, 2)], 7), "a.edi")
    first = await box.news()
    (name,) = box.names("archive")
    box.clock.go_on(60)
    assert box.ports.mailbox
    again = await box.ports.mailbox.replay(name)
    assert (again.verdict, box.names("archive")) == ("TAKEN", [again.file])
    told = [one for batch in await box.news(first[-1].cursor) for one in batch.rows]
    assert [one.step for one in told] == ["ACCEPTED"]
    assert {one.event for one in told}.isdisjoint({one.event for batch in first for one in batch.rows})


async def test_what_came_is_acknowledged_as_its_profile_says(tmp_path: Path) -> None:
    asked = edifact("INVRPT", ["BGM+35+R-1+9", "NAD+WH+DEPOT", f"LIN+1++{A}:EN", "QTY+145:5"], 7).replace("0800+7'UNH", "0800+7++++1'UNH")
    box = Postbox(tmp_path, {**EDIFACT, "acknowledges": "ASKED"})
    box.drop(asked, "a.edi")
    box.drop(invrpt({A: 6}, 8), "b.edi")
    await box.stock()
    (text,) = box.fetched()
    (contrl,) = read(text).interchanges[0].messages
    assert (read(text).every_fault, contrl.kind, [str(one) for one in contrl.body]) == ([], "CONTRL", ["UCI+7+ATLAS:14+BRUME:14+7"])


async def test_a_997_accepts_what_was_taken_and_rejects_what_was_put_aside(tmp_path: Path) -> None:
    box = Postbox(tmp_path, {**X12, "acknowledges": "ALWAYS"})
    box.drop(inventory_846({A: 5}, 7), "a.edi")
    box.drop(inventory_846({A: 5}, 8).replace("SE*5", "SE*9"), "b.edi")
    box.drop(acknowledgement_997("5", "A", 9), "c.edi")
    await box.stock()
    told = [[str(one) for one in read(text).interchanges[0].messages[0].body] for text in box.fetched()]
    assert sorted(told) == [
        ["AK1+IB+7", "AK2+846+0001", "AK5+A", "AK9+A+1+1+1"],
        ["AK1+IB+8", "AK2+846+0001", "AK5+R", "AK9+R+1+1+0"],
    ]


@pytest.mark.parametrize(("refused_syntax", "steps"), [("REJECT", ["REJECTED"]), ("TELL", [])])
async def test_an_order_that_the_partners_system_cannot_read_is_told(tmp_path: Path, refused_syntax: str, steps: list[str]) -> None:
    box = Postbox(tmp_path, {**X12, "refused_syntax": refused_syntax})
    assert box.ports.hand_over
    await box.ports.hand_over.send(purchase_order(REFERENCE))
    control = read(box.fetched()[0]).interchanges[0].groups[0].control
    box.drop(acknowledgement_997(control, "R", 1), "a.edi")
    box.drop(acknowledgement_997("12345", "R", 2), "b.edi")
    box.drop(acknowledgement_997(control, "A", 3), "c.edi")
    batches = await box.news()
    assert [(one.step, one.reference, one.reason) for batch in batches for one in batch.rows] == [
        (step, REFERENCE, "OTHER") for step in steps
    ]
    assert [row.reason for batch in batches for row in batch.rejected] == ["b.edi, segment 7 AK9: refuses what is no order of ours"]
    assert [report.verdict for report in await box.reports()] == ["WARNED", "WARNED"]
    assert all("the partner's system refused it: R" in reason for reason in await box.reasons())


async def test_a_contrl_that_rejects_an_order_rejects_its_work(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    assert box.ports.hand_over
    await box.ports.hand_over.send(purchase_order(REFERENCE))
    control = read(box.fetched()[0]).interchanges[0].control
    box.drop(edifact("CONTRL", [f"UCI+{control}+BRUME:14+ATLAS:14+4+12"], 5, version="D:3:UN"))
    assert [(one.step, one.reference) for one in await box.told()] == [("REJECTED", REFERENCE)]


async def test_an_order_is_put_out_again_when_a_person_asks_for_it(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    assert box.ports.hand_over
    assert box.ports.mailbox
    receipt = await box.ports.hand_over.send(purchase_order(REFERENCE))
    (first,) = box.fetched()
    assert (await box.ports.mailbox.replay(f"{receipt.reference}.edi")).verdict == "TAKEN"
    assert box.fetched() == [first]
    assert B in first
