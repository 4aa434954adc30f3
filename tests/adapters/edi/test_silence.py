"""Whether a partner could read what was sent to it: by receipts of every kind, by answers, and what is said of silence."""

import os
from pathlib import Path
from typing import Any

import pytest

from adapters.edi.envelopes import read
from tests.adapters.edi.messages import A, purchase_order
from tests.adapters.edi.partner import EDIFACT, X12, Postbox
from tests.adapters.edi.writers import acknowledgement_997, desadv, edifact, ordrsp, x12

REFERENCE = "AAAA-BBBB-CCCC-1"
HOUR = 3_600


def box_of(tmp_path: Path, profile: dict[str, Any]) -> Postbox:
    return Postbox(tmp_path, {**profile, "acknowledged_within": "PT4H"})


async def sent(box: Postbox, kind: str = "PURCHASE_ORDER") -> str:
    """Send an order, or its cancellation; return the control number of its file."""
    assert box.ports.hand_over
    await box.ports.hand_over.send(purchase_order(REFERENCE, f"k:{kind}", kind))  # type: ignore[arg-type]
    for path in (box.root / "sent").iterdir():
        os.utime(path, (box.clock.at.timestamp(), box.clock.at.timestamp()))
    return read(box.fetched()[0]).interchanges[0].control


def later(box: Postbox, hours: float) -> None:
    box.clock.go_on(hours * HOUR)


async def steps(box: Postbox) -> list[tuple[str, str]]:
    return [(one.step, one.reference) for one in await box.told()]


async def unread(box: Postbox) -> list[str]:
    return [report.file for report in await box.reports() if report.verdict == "UNREAD"]


async def test_an_order_that_nothing_is_heard_of_is_listed_and_told_once_by_its_name(tmp_path: Path) -> None:
    box = box_of(tmp_path, EDIFACT)
    await sent(box)
    later(box, 3.9)
    assert (await steps(box), await unread(box)) == ([], [])
    later(box, 0.6)
    (name,) = await unread(box)
    assert name.startswith(f"{REFERENCE}.order.")
    assert await steps(box) == [("UNREAD", REFERENCE)]
    assert await steps(box) == []
    later(box, 1)
    assert [one.event for one in await box.told()] == [f"{name.removesuffix('.edi')}:UNREAD"]
    assert "within 4:00:00 nothing has come" in (await box.reasons())[0]
    other = Postbox(tmp_path, box.profile, box.clock)
    assert await unread(other) == [name]


async def test_without_the_setting_nobody_is_waited_for(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    await sent(box)
    later(box, 100)
    assert (await steps(box), await unread(box)) == ([], [])


@pytest.mark.parametrize("code", ["A", "E", "R"])
async def test_a_997_says_that_it_was_read_however_late(tmp_path: Path, code: str) -> None:
    box = box_of(tmp_path, X12)
    control = await sent(box)
    later(box, 5)
    assert len(await unread(box)) == 1
    box.drop(acknowledgement_997(str(int(control)), code, 5))
    assert await steps(box) == [("REJECTED" if code == "R" else "READ", REFERENCE)]
    assert await unread(box) == []


@pytest.mark.parametrize(("action", "step"), [("7", "READ"), ("8", "READ"), ("4", "REJECTED")])
async def test_a_contrl_says_that_it_was_read(tmp_path: Path, action: str, step: str) -> None:
    box = box_of(tmp_path, EDIFACT)
    control = await sent(box)
    box.drop(edifact("CONTRL", [f"UCI+{control}+BRUME:14+ATLAS:14+{action}"], 5, version="D:3:UN"))
    assert await steps(box) == [(step, REFERENCE)]
    later(box, 5)
    assert await unread(box) == []


@pytest.mark.parametrize("answer", [ordrsp(REFERENCE, [("5", A, 2)], 7), desadv(REFERENCE, {A: 2}, 7)], ids=["ORDRSP", "DESADV"])
async def test_an_answer_says_that_it_was_read(tmp_path: Path, answer: str) -> None:
    box = box_of(tmp_path, EDIFACT)
    await sent(box)
    box.drop(answer)
    await box.told()
    later(box, 5)
    assert await unread(box) == []
    assert "UNREAD" not in {one.step for one in await box.told()}


def interchange_with(ta1: str, inside: str = "") -> str:
    """Return an interchange with a TA1 in its envelope, and perhaps a group."""
    whole = inside or x12("846", "IB", ["BIA*00*SI*R-1*20261128"], 6)
    head, _, rest = whole.partition("GS*")
    tail = rest[rest.index("IEA*") :] if not inside else f"GS*{rest}"
    return f"{head}{ta1}~{tail if inside else tail.replace('IEA*1', 'IEA*0')}"


@pytest.mark.parametrize(("code", "step"), [("A", "READ"), ("E", "READ"), ("R", "REJECTED")])
async def test_a_ta1_alone_in_its_envelope_says_what_became_of_an_interchange(tmp_path: Path, code: str, step: str) -> None:
    box = box_of(tmp_path, X12)
    control = await sent(box)
    box.drop(interchange_with(f"TA1*{control}*261128*0900*{code}*006"))
    assert await steps(box) == [(step, REFERENCE)]
    assert [report.verdict for report in await box.reports()] == (["WARNED"] if code == "R" else [])
    assert await box.reasons() == ([f"segment 2 TA1: {control}: the partner's system refused it: R 006"] if code == "R" else [])


async def test_a_ta1_beside_a_group_keeps_the_group_s_messages(tmp_path: Path) -> None:
    box = box_of(tmp_path, X12)
    control = await sent(box)
    answer = x12("855", "PR", [f"BAK*00*AC*{REFERENCE}*20261128", f"PO1*1*2*EA***EN*{A}", "ACK*IA*2*EA", "CTT*1"], 6)
    box.drop(interchange_with(f"TA1*{control}*261128*0900*A*000", answer))
    assert await steps(box) == [("READ", REFERENCE), ("ACCEPTED", REFERENCE)]
    assert await box.reports() == []


async def test_a_cancellation_that_could_not_be_read_leaves_the_work_going_on(tmp_path: Path) -> None:
    box = box_of(tmp_path, X12)
    control = await sent(box, "CANCEL")
    box.drop(acknowledgement_997(str(int(control)), "R", 5))
    assert await steps(box) == [("KEPT", REFERENCE)]


@pytest.mark.parametrize(
    ("standard", "answer", "step"),
    [
        ("X12", "BCA*01*AT*{0}**20261128", "CANCELED"),
        ("X12", "BCA*01*RJ*{0}**20261128", "KEPT"),
        ("X12", "BCA*04*AT*{0}**20261128", "ACCEPTED"),
        ("EDIFACT", "BGM+230+C-1+29", "CANCELED"),
        ("EDIFACT", "BGM+230+C-1+27", "KEPT"),
        ("EDIFACT", "BGM+231+C-1+1", "CANCELED"),
        ("EDIFACT", "BGM+231+C-1+27", "REJECTED"),
    ],
)
async def test_the_answer_to_a_cancellation_is_told_from_the_answer_to_an_order(
    tmp_path: Path, standard: str, answer: str, step: str
) -> None:
    box = box_of(tmp_path, X12 if standard == "X12" else EDIFACT)
    head = answer.format(REFERENCE)
    box.drop(x12("865", "CA", [head]) if standard == "X12" else edifact("ORDRSP", [head, f"RFF+ON:{REFERENCE}", "UNS+S"]))
    assert await steps(box) == [(step, REFERENCE)]
