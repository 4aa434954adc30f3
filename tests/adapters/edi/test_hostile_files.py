"""Whatever lies in a mailbox, nothing fails but the file itself: it is put aside under a name of ours, and the others are taken."""

import random
from pathlib import Path

import pytest

from adapters.edi.partner import Partner
from tests.adapters.edi.partner import EDIFACT, X12, Postbox
from tests.adapters.edi.samples import INVRPT, ORDRSP, X12_846
from tests.adapters.edi.writers import A, B, desadv, edifact, inventory_846, invrpt, ordrsp

REFERENCE = "AAAA-BBBB-CCCC-1"
TEXTS = (INVRPT, ORDRSP, invrpt({A: 5, B: 0}), desadv(REFERENCE, {A: 2}), ordrsp(REFERENCE, [("3", A, 2)], 1, "DTM+2:20261204:102"))
PIECES = ("+", ":", "'", "?", "*", "~", "\x00", "9" * 40, "-1", "NaN", "../", "QTY+145:5'", "UNT+1+1'", "é", "UNB", "ISA", "20269999")


def damaged(text: str, dice: random.Random) -> str:
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(text))
        text = text[:at] + dice.choice(PIECES) + text[at + dice.randint(0, 6) :]
    return text


@pytest.mark.parametrize("overlook", [False, True], ids=["judged", "overlooked"])
async def test_no_damage_to_a_file_keeps_the_others_from_being_taken(tmp_path: Path, overlook: bool) -> None:  # noqa: FBT001 - a case
    box, dice = Postbox(tmp_path, EDIFACT), random.Random(7)  # noqa: S311 - seeded samples
    for n in range(120):
        box.drop(damaged(dice.choice(TEXTS), dice), f"bad-{n}.edi")
    box.drop(invrpt({A: 5}, 900), "good.edi")
    box.drop(ordrsp("GOOD-GOOD-GOOD-1", [("5", A, 2)], 901), "answer.edi")
    await box.stock()
    if overlook:
        assert box.ports.mailbox
        for report in await box.reports():
            await box.ports.mailbox.replay(report.file, overlook=True)
    assert "GOOD-GOOD-GOOD-1" in {one.reference for one in await box.told()}
    assert any(str(row.item) == A for batch in await box.stock() for row in batch.rows)
    assert box.names("in") == []
    assert len(box.names("archive")) + len(box.names("rejected")) == 122
    assert len(box.names("rejected")) > (0 if overlook else 60)


@pytest.mark.parametrize("overlook", [False, True], ids=["judged", "overlooked"])
async def test_names_that_a_partner_chooses_stay_within_the_mailbox(tmp_path: Path, overlook: bool) -> None:  # noqa: FBT001 - a case
    box = Postbox(tmp_path, EDIFACT)
    box.drop(edifact("../../../INV+RPT", ["BGM+35"], 7).replace("+7'", "+../../7'"), "a~b c.edi")
    box.drop(invrpt({A: 5}).replace("+1'", f"+{'9' * 300}'"), f"{'x' * 200}.edi")
    await box.stock()
    reports = await box.reports()
    if overlook:
        assert box.ports.mailbox
        for report in reports:
            await box.ports.mailbox.replay(report.file, overlook=True)
    await box.told()
    assert entries(tmp_path) == {"mail"}
    assert entries(box.root) <= {"in", "out", "archive", "rejected", "reports", "numbers"}
    assert len(box.names("archive")) + len(box.names("rejected")) == 2


def entries(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_a_link_in_a_drop_folder_is_not_followed(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    (tmp_path / "secret").write_text("root:x:0:0", encoding="ascii")
    (box.root / "in" / "a.edi").symlink_to(tmp_path / "secret")
    assert (await box.rows(), await box.reports()) == ([], [])


async def test_a_file_that_fails_by_our_own_fault_is_put_aside_and_the_others_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Postbox(tmp_path, EDIFACT)
    opened = Partner.opened

    def failing(self: Partner, content: bytes) -> object:
        if b"POISON" in content:
            raise RuntimeError("a fault of ours")
        return opened(self, content)

    monkeypatch.setattr(Partner, "opened", failing)
    box.ports = box.anew()
    box.drop(invrpt({B: 1}, 1).replace("R-1", "POISON"), "a.edi")
    box.drop(invrpt({A: 5}, 2), "b.edi")
    assert await box.rows() == [("atlas", A, 5)]
    assert await box.reasons() == ["it could not be read by our own fault; the log says more"]


@pytest.mark.parametrize("cut", range(100, 300, 20))
async def test_a_truncated_report_zeroes_nothing_even_when_it_is_overlooked(tmp_path: Path, cut: int) -> None:
    box = Postbox(tmp_path, X12)
    box.drop(inventory_846({A: 5, B: 6}, 1), "a.edi")
    before = await box.rows()
    box.clock.go_on(60)
    box.drop(X12_846[:cut], "b.edi")
    assert await box.rows() == before
    assert box.ports.mailbox
    (report,) = await box.reports()
    await box.ports.mailbox.replay(report.file, overlook=True)
    assert {row[1] for row in await box.rows()} >= {A, B}
