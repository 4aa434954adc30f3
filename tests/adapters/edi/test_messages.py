"""Dialects of stock, answers and despatches: by the profile alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.adapters.edi.partner import EDIFACT, X12, Postbox
from tests.adapters.edi.writers import A, B, C, desadv, edifact, inventory_846, invrpt, ordrsp, x12

REFERENCE = "AAAA-BBBB-CCCC-1"
PARIS = ZoneInfo("Europe/Paris")
"""Where the partner writes its hours."""


async def rows(folder: Path, content: str, standard: dict[str, Any], **stock: Any) -> list[tuple[str, str, int]]:
    box = Postbox(folder, {**standard, "stock": {**standard["stock"], **stock}})
    box.drop(content)
    return await box.rows()


def report(*lines: str) -> str:
    return edifact("INVRPT", ["BGM+35+R-1+9", "DTM+137:202611280800:203", *lines])


@pytest.mark.parametrize(
    ("lines", "stock", "told"),
    [
        (
            [f"LIN+1++{A}:EN", "QTY+145:5", "LOC+11+D1", "QTY+145:6", "LOC+11+D2"],
            {"places": {"D1": "one", "D2": "two"}},
            [("one", A, 5), ("two", A, 6)],
        ),
        (
            [f"LIN+1++{A}:EN", "LOC+14+D1", "QTY+17:5", "LOC+14+D2", "QTY+17:6"],
            {"places": {"D1": "one", "D2": "two"}, "place_stands": "BEFORE", "quantity": ["17"]},
            [("one", A, 5), ("two", A, 6)],
        ),
        (["NAD+WH+D1", f"LIN+1++{A}:EN", "QTY+145:5", "NAD+WH+D2"], {"places": {"*": "any"}}, [("any", A, 5)]),
        ([f"LIN+1++{A}:EN", "QTY+145:5"], {"places": {}, "location": "atlas"}, [("atlas", A, 5)]),
        (
            [f"LIN+1++{A}:EN", "QTY+16:9", "QTY+33:7", "QTY+1:12"],
            {"quantity": ["33", "1"], "places": {}},
            [("atlas", A, 7)],
        ),
        (["LIN+1++X:ZZ", f"PIA+5+{A}:SRV+L-1:SA", "QTY+145:5"], {"places": {}}, [("atlas", A, 5)]),
        (["LIN+1++L-1:XYZ", "QTY+145:5"], {"places": {}, "ids": {"XYZ": "code"}}, [("atlas", "L-1", 5)]),
        ([f"LIN+1++{A}:EN", "QTY+145:5.000"], {"places": {}}, [("atlas", A, 5)]),
        ([f"LIN+1++{A}:EN", "QTY+145:-5"], {"places": {}, "negative": "ZERO"}, [("atlas", A, 0)]),
    ],
    ids=["LOC after", "LOC before", "NAD once", "no place", "the preferred quantity", "PIA", "own qualifier", "decimals", "negative"],
)
async def test_inventory_reports_of_many_dialects(
    tmp_path: Path, lines: list[str], stock: dict[str, Any], told: list[tuple[str, str, int]]
) -> None:
    assert await rows(tmp_path, report(*lines), EDIFACT, **stock) == told


@pytest.mark.parametrize(
    ("body", "stock", "told"),
    [
        (["LIN**UP*012345678905*VP*L-1", "QTY*QA*7", "QTY*1*9"], {"quantity": ["QA", "1"]}, [("atlas", "012345678905", 7)]),
        (["LIN**MG*AAA*VP*111", "QTY*33*1"], {}, [("atlas", "111", 1)]),
        ([f"LIN*1*EN*{A}", "N1*WH*Depot*92*D1", "QTY*33*4"], {"places": {"D1": "one"}, "place_stands": "BEFORE"}, [("one", A, 4)]),
        ([f"LIN*1*EN*{A}", "QTY*33*4", "N1*WH*Depot*92*D1"], {"places": {"D1": "one"}}, [("one", A, 4)]),
        ([f"LIN*1*EN*{A}", "QTY*33*4", "QTY*20*1", "QTY*21*1"], {"unavailable": ["20", "21"]}, [("atlas", A, 4)]),
    ],
    ids=["two quantities", "no line number", "N1 before", "N1 after", "set aside"],
)
async def test_846s_of_many_dialects_also_without_bia(
    tmp_path: Path, body: list[str], stock: dict[str, Any], told: list[tuple[str, str, int]]
) -> None:
    assert await rows(tmp_path, x12("846", "IB", body), X12, **stock) == told


async def test_lines_that_cannot_be_read_are_told_with_their_place_and_the_others_taken(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    lines = [f"LIN+1++{A}:EN", "QTY+145:5", f"LIN+2++{B}:EN", "QTY+145:x", "LIN+3++9:ZZ", "QTY+145:1", f"LIN+4++{C}:EN", "QTY+21:1"]
    box.drop(report("NAD+WH+DEPOT", *lines, f"LIN+5++{A}:EN", "QTY+145:9"), "a.edi")
    (batch,) = await box.stock()
    assert [(str(row.item), row.quantity) for row in batch.rows] == [(A, 5)]
    assert [(row.item, row.reason) for row in batch.rejected] == [
        (B, "a.edi, segment 8 LIN: quantity 'x' is no number"),
        ("(no name)", "a.edi, segment 10 LIN: names its article by ZZ 9; the profile's ids know SRV, EN, UP, SA, VN, IN, BP"),
        (C, "a.edi, segment 12 LIN: has no quantity of 145 (stock.quantity); it has 21"),
        (A, "a.edi, segment 14 LIN: is named twice in one report; the first line was taken"),
    ]
    assert [row.index for row in batch.rejected] == [1, 2, 3, 4]
    assert [report.verdict for report in await box.reports()] == ["WARNED"]


async def test_the_last_whole_report_is_what_there_is(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    box.drop(invrpt({A: 5, B: 6}, 1, "202611280800"), "a.edi")
    assert await box.rows() == [("atlas", A, 5), ("atlas", B, 6)]
    box.clock.go_on(60)
    box.drop(invrpt({A: 4}, 2, "202611280900"), "b.edi")
    (batch,) = await box.stock()
    assert [(str(row.item), row.quantity) for row in batch.rows] == [(A, 4)]
    assert batch.asked_at == datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
    assert batch.unasked


async def test_a_report_with_a_wrong_count_moves_what_it_tells_and_zeroes_nothing(tmp_path: Path) -> None:
    box = Postbox(tmp_path, {**EDIFACT, "wrong_count": "WARN"})
    box.drop(invrpt({A: 5, B: 6}, 1), "a.edi")
    await box.stock()
    box.clock.go_on(60)
    box.drop(invrpt({A: 4}, 2).replace("UNT+7", "UNT+9"), "b.edi")
    assert await box.rows() == [("atlas", A, 4), ("atlas", B, 6)]


@pytest.mark.parametrize("lines", [[], ["NAD+WH+DEPOT"]], ids=["no line", "a place without lines"])
async def test_a_report_without_lines_is_put_aside_and_the_one_before_stands(tmp_path: Path, lines: list[str]) -> None:
    box = Postbox(tmp_path, {**EDIFACT, "wrong_count": "WARN"})
    box.drop(invrpt({A: 5}, 1), "a.edi")
    await box.stock()
    box.clock.go_on(60)
    box.drop(edifact("INVRPT", ["BGM+35+R-2+9", *lines], 2), "b.edi")
    assert await box.rows() == [("atlas", A, 5)]
    assert "nothing is set to zero" in (await box.reasons())[0]


async def test_places_that_are_reported_in_files_of_their_own_stand_beside_each_other(tmp_path: Path) -> None:
    stock = {**EDIFACT["stock"], "places": {"D1": "one", "D2": "two"}}
    box = Postbox(tmp_path, {**EDIFACT, "stock": stock})
    for number, (place, units) in enumerate([("D1", 5), ("D2", 6), ("D1", 7)], 1):
        box.drop(invrpt({A: units}, number, f"20261128080{number}").replace("DEPOT", place), f"{number}.edi")
        await box.stock()
        box.clock.go_on(60)
    assert await box.rows() == [("one", A, 7), ("two", A, 6)]


async def test_a_partner_that_tells_what_changed_is_read_on_from_the_cursor(tmp_path: Path) -> None:
    box = Postbox(tmp_path, {**EDIFACT, "stock": {**EDIFACT["stock"], "tells": "LISTED", "look_back_days": 2}})
    box.drop(invrpt({A: 5, B: 6}, 1, "202611280800"), "a.edi")
    (whole,) = await box.stock()
    box.clock.go_on(60)
    box.drop(invrpt({A: 4}, 2, "202611281200"), "b.edi")
    assert box.ports.stock
    (changed,) = [batch async for batch in box.ports.stock.changes(whole.cursor)]
    assert ([(str(row.item), row.quantity) for row in changed.rows], changed.whole) == ([(A, 4), (B, 6)], False)  # type: ignore[union-attr]
    box.clock.go_on(3600)
    (later,) = [batch async for batch in box.ports.stock.changes(changed.cursor)]
    assert (later.rows, later.cursor, later.asked_at) == ((), changed.cursor, datetime(2026, 11, 28, 11, 0, tzinfo=UTC))
    assert await box.rows() == [("atlas", A, 4), ("atlas", B, 6)]
    box.clock.at += timedelta(days=3)
    assert await box.rows() == []


async def test_a_report_is_as_old_as_it_says_and_surely_made_after_the_one_before(tmp_path: Path) -> None:
    box = Postbox(tmp_path, X12)
    for number, hour in ((1, "0800"), (2, "0900")):
        box.drop(inventory_846({A: number}, number, f"261128*{hour}"), f"{number}.edi")
        await box.stock()
        box.clock.go_on(60)
    (batch,) = await box.stock()
    assert [row.as_of for row in batch.rows] == [datetime(2026, 11, 28, 8, 0, tzinfo=UTC)]
    (first, _) = sorted((box.root / "archive").rglob("*.edi"))
    assert batch.begun_at is not None
    assert batch.begun_at <= datetime.fromtimestamp(first.stat().st_mtime, UTC)


@pytest.mark.parametrize(
    ("content", "profile", "told"),
    [
        (ordrsp(REFERENCE, [("5", A, 2), ("7", B, 1)]), {}, [("ACCEPTED", [(A, 2)], None), ("REJECTED", [(B, 1)], "STOCK_NOT_FOUND")]),
        (ordrsp(REFERENCE, [("3", A, 2)], 1, "DTM+2:20261204:102"), {}, [("BACKORDERED", [(A, 2)], None)]),
        (ordrsp(REFERENCE, [("3", A, 2)]), {}, [("ACCEPTED", [(A, 2)], None)]),
        (
            ordrsp(REFERENCE, [("5", A, 2)], 1, "QTY+83:3", "DTM+67:202612041500:203"),
            {},
            [("ACCEPTED", [(A, 2)], None), ("BACKORDERED", [(A, 3)], None)],
        ),
        (
            ordrsp(REFERENCE, [("X9", A, 2)]),
            {"answers": {"X9": "REJECTED"}, "reasons": {"X9": "CLOSED"}},
            [("REJECTED", [(A, 2)], "CLOSED")],
        ),
        (ordrsp(REFERENCE, []), {}, [("ACCEPTED", [], None)]),
        (ordrsp(REFERENCE, []).replace("A-7+29", "A-7+27"), {}, [("REJECTED", [], "STOCK_NOT_FOUND")]),
        (ordrsp(REFERENCE, []).replace("A-7+29", "A-7+1"), {}, [("CANCELED", [], None)]),
        (ordrsp(REFERENCE, [("", A, 2)]), {}, [("ACCEPTED", [(A, 2)], None)]),
    ],
    ids=["two answers", "with a date", "no date", "rest later", "own code", "whole", "none", "canceled", "by the header"],
)
async def test_answers_to_orders_of_many_dialects(tmp_path: Path, content: str, profile: dict[str, Any], told: list[Any]) -> None:
    box = Postbox(tmp_path, {**EDIFACT, "response": profile})
    box.drop(content)
    news = await box.told()
    assert [(one.step, [(str(line.item), line.quantity) for line in one.lines], one.reason) for one in news] == told
    assert {(one.reference, one.source_reference) for one in news} == {(REFERENCE, "A-7")}
    assert len({one.event for one in news}) == len(news)
    assert all((one.expected_at is not None) == (one.step == "BACKORDERED") for one in news)


async def test_a_despatch_tells_what_left_in_which_parcel(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    box.drop(desadv(REFERENCE, {A: 2, B: 1}))
    (shipped,) = await box.told()
    assert (shipped.step, shipped.reference, shipped.source_reference) == ("SHIPPED", REFERENCE, "D-9")
    assert shipped.at == datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
    (parcel,) = shipped.parcels
    assert (parcel.number, parcel.carrier, parcel.tracking_number) == ("340063813330000017", "Colis", "6A0001")
    assert [(line.item.gtin, line.quantity) for line in parcel.lines] == [(A, 2), (B, 1)]


@pytest.mark.parametrize(
    ("head", "at"),
    [
        ("BIA*00*SI*R-1*20261128", "08:00:00"),
        ("BIA*00*SI*R-1*20261128*0730", "07:30:00"),
        ("BIA*00*SI*R-1*20261128*073015", "07:30:15"),
        ("BIA*00*SI*R-1*20261128*07301599", "07:30:15"),
        ("BIA*00*SI*R-1*20261128*early", "08:00:00"),
    ],
)
async def test_the_hour_that_x12_writes_beside_a_day_counts_to_the_second(tmp_path: Path, head: str, at: str) -> None:
    box = Postbox(tmp_path, X12)
    box.drop(x12("846", "IB", [head, f"LIN*1*EN*{A}", "QTY*33*4"]))
    (batch,) = await box.stock()
    assert [f"{row.as_of.astimezone(PARIS):%H:%M:%S}" for row in batch.rows if row.as_of] == [at]


async def test_one_despatch_may_tell_of_several_orders_each_in_its_parcels(tmp_path: Path) -> None:
    hierarchy = ["BSN*00*D-9*20261128*0900", "HL*1**S", "TD5**2*UPSN", "REF*CN*1Z0001"]
    for order, gtin, sscc in ((1, A, "001"), (2, B, "002")):
        hierarchy += [f"HL*{order}*1*O", f"PRF*AAAA-BBBB-CCCC-{order}", f"HL*{order}1*{order}*P", f"MAN*GM*{sscc}"]
        hierarchy += [f"HL*{order}2*{order}1*I", f"LIN**EN*{gtin}", f"SN1**{order}*EA"]
    box = Postbox(tmp_path, X12)
    box.drop(x12("856", "SH", [*hierarchy, "CTT*8"]))
    told = [
        (one.reference, [(line.item.gtin, line.quantity) for line in one.lines], [(p.number, p.tracking_number) for p in one.parcels])
        for one in await box.told()
    ]
    assert told == [
        ("AAAA-BBBB-CCCC-1", [(A, 1)], [("001", "1Z0001")]),
        ("AAAA-BBBB-CCCC-2", [(B, 2)], [("002", "1Z0001")]),
    ]


async def test_a_despatch_with_a_line_that_cannot_be_read_is_put_aside_whole(tmp_path: Path) -> None:
    box = Postbox(tmp_path, EDIFACT)
    box.drop(desadv(REFERENCE, {A: 2, B: 1}).replace("QTY+12:1'", "QTY+12:x'"))
    assert (await box.told(), len(box.names("rejected"))) == ([], 1)
    assert f"{B}: quantity 'x' is no number" in (await box.reasons())[0]
