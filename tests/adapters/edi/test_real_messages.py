"""Real messages of many partners: each by a profile of its own, each record counted by reading the file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.edi.envelopes import read
from gateway.domain.feeds import Item
from tests.adapters.edi.partner import EDIFACT, X12, Postbox
from tests.adapters.edi.samples import FOLDER, needs_samples

pytestmark = [pytest.mark.data, needs_samples]
Made = Callable[..., Postbox]


@pytest.fixture
def postbox(tmp_path: Path) -> Made:
    def make(name: str, standard: dict[str, Any], **profile: Any) -> Postbox:
        made = Postbox(tmp_path, {**standard, **profile})
        made.drop((FOLDER / name).read_bytes(), name)
        return made

    return make


def party(name: str, qualifier: str = "") -> dict[str, str]:
    return {"id": name, "qualifier": qualifier}


async def test_an_inventory_report_of_a_depot(postbox: Made) -> None:
    stock = {"quantity": ["145"], "places": {"CENTRAL_DEPOT": "depot"}}
    made = postbox("invrpt_d96a_depot.edi", EDIFACT, partner=party("ACME_GLOBAL", "ZZZ"), own=party("BUYER_GLOBAL"), stock=stock)
    assert await made.rows() == [("depot", "PROD-101", 850), ("depot", "PROD-202", 320)]
    (batch,) = await made.stock()
    assert {row.item for row in batch.rows} == {Item(code="PROD-101"), Item(code="PROD-202")}
    assert {row.as_of.isoformat() for row in batch.rows if row.as_of} == {"2026-09-04T06:00:00+00:00"}
    assert await made.reports() == []


IMAGE_OF_846 = {
    "partner": party("PARTNERXYZ", "ZZ"),
    "own": party("OURINVPLTFRM", "ZZ"),
    "stock": {"quantity": ["QA"], "place": ["REF+ZZ:2"], "places": {"WH-NORTH": "north"}},
}


async def test_a_snapshot_by_gtin_whose_count_is_wrong_is_taken_where_its_profile_says_so(postbox: Made) -> None:
    made = postbox("x12_846_snapshot_gtin.edi", X12, wrong_count="WARN", **IMAGE_OF_846)
    assert await made.rows() == [("north", "10012345678901", 198), ("north", "5901234123457", 0)]
    assert await made.reasons() == ["segment 13 SE: says 9, there are 11 segments from ST to SE"]
    assert [report.verdict for report in await made.reports()] == ["WARNED"]


async def test_a_snapshot_by_gtin_whose_count_is_wrong_is_put_aside_else(postbox: Made) -> None:
    made = postbox("x12_846_snapshot_gtin.edi", X12, **IMAGE_OF_846)
    assert await made.rows() == []
    assert [report.verdict for report in await made.reports()] == ["QUARANTINED"]
    assert len(made.names("rejected")) == 1
    assert (made.root / "rejected" / made.names("rejected")[0]).read_bytes() == (FOLDER / "x12_846_snapshot_gtin.edi").read_bytes()


async def test_a_feed_with_odd_separators_and_on_hand_figures(postbox: Made) -> None:
    stock = {"quantity": ["33"], "places": {"03": "mira-loma"}}
    ends = {"partner": party("004919486MX", "01"), "own": party("060704780001900", "14"), "wrong_count": "WARN"}
    made = postbox("x12_846_odd_delimiters.edi", X12, stock=stock, **ends)
    assert await made.rows() == [("mira-loma", "111", 1)]
    assert await made.reasons() == ["segment 9 SE: says 8, there are 7 segments from ST to SE"]


async def test_an_acknowledgement_in_parts_with_a_backorder(postbox: Made) -> None:
    ends = {"partner": party("1234567890123", "01"), "own": party("3456789012345", "01"), "wrong_count": "WARN"}
    made = postbox("x12_855_partial_backorder.edi", X12, response={"source_reference": ["REF+VR:2"]}, **ends)
    told = [(one.reference, one.step, [(line.item.gtin, line.quantity) for line in one.lines], one.reason) for one in await made.told()]
    assert told == [
        ("PO-COS-2024-0789", "ACCEPTED", [("012345678901", 1000), ("012345678902", 500)], None),
        ("PO-COS-2024-0789", "BACKORDERED", [("012345678903", 1500)], None),
        ("PO-COS-2024-0789", "REJECTED", [("012345678903", 500)], "STOCK_NOT_FOUND"),
    ]
    news = await made.told()
    assert news[1].expected_at is not None
    assert news[1].expected_at.isoformat() == "2024-01-28T17:00:00+00:00"
    assert {one.source_reference for one in news} == {"VENDOR-ABC"}
    assert await made.reasons() == ["segment 19 SE: says 19, there are 17 segments from ST to SE"]


async def test_a_response_that_accepts_changes_and_refuses_a_line_each(postbox: Made) -> None:
    made = postbox("gs1_eancom_ordrsp_d01b.edi", EDIFACT, partner=party("SENDER1", "16"), own=party("RECEIVER1", "01"), test=True)
    told = [(one.step, [(line.item.gtin, line.quantity) for line in one.lines]) for one in await made.told()]
    everything = 10_000_000
    assert told == [
        ("ACCEPTED", [("3312345501102", everything)]),
        ("BACKORDERED", [("3312345501003", 48)]),
        ("REJECTED", [("3312345501096", everything)]),
    ]
    assert {(one.reference, one.source_reference) for one in await made.told()} == {("652744", "ORSP12856")}
    changed = (await made.told())[1].expected_at
    assert changed is not None
    assert changed.isoformat() == "2002-09-10T16:00:00+00:00"
    assert await made.reports() == []


async def test_a_despatch_in_two_articles_with_its_carrier(postbox: Made) -> None:
    ends = {"partner": party("ABCDEFGHIJKLMNO", "ZZ"), "own": party("123456789012345", "ZZ"), "wrong_count": "WARN"}
    made = postbox("gozer_x12_856.txt", X12, **ends)
    (shipped,) = await made.told()
    assert (shipped.reference, shipped.step, shipped.source_reference) == ("99999817", "SHIPPED", "829716")
    assert [(line.item.gtin, line.item.code, line.quantity) for line in shipped.lines] == [
        ("999999310145", "87787D", 24),
        ("999999311746", "99887D", 6),
    ]
    assert [(parcel.number, parcel.carrier) for parcel in shipped.parcels] == [("5787970539", "XXXX")]
    assert await made.reasons() == ["segment 35 IEA: ends interchange 000000049, and 000003438 was begun"]


async def test_a_response_of_another_trade_says_nothing_that_can_be_used_and_is_put_aside(postbox: Made) -> None:
    ends = {"partner": party("9900080000007", "500"), "own": party("990000000000X", "500"), "wrong_count": "WARN"}
    made = postbox("edinet_ordrsp_d96a_1.edi", EDIFACT, response={"ids": {"Z01": "code"}}, **ends)
    assert await made.told() == []
    assert await made.reasons() == [
        "segment 32 UNT: says 17, there are 31 segments from UNH to UNT",
        "segment 32 UNT: ends message 9IM20YSP9, and 9IMX20YSP0009 was begun",
        "segment 33 UNZ: ends interchange DAREFNR00001, and DAREFNR0000001 was begun",
        "segment 23 LIN: 9900010000649: its answer '(none)' is none of response.answers; add it with what it means",
    ]


async def test_the_same_response_is_read_by_a_profile_that_knows_its_codes(postbox: Made) -> None:
    ends = {"partner": party("9900080000007", "500"), "own": party("990000000000X", "500"), "wrong_count": "WARN"}
    response = {"ids": {"Z01": "code"}, "answers": {"": "ACCEPTED"}, "quantity": ["QTY+145:1.2"]}
    made = postbox("edinet_ordrsp_d96a_1.edi", EDIFACT, response=response, **ends)
    (accepted,) = await made.told()
    assert (accepted.reference, accepted.step, [(str(line.item), line.quantity) for line in accepted.lines]) == (
        "00001672",
        "ACCEPTED",
        [("9900010000649", 1)],
    )


async def test_a_file_without_its_last_segment_is_put_aside(postbox: Made) -> None:
    made = postbox("pydifact_order.edi", EDIFACT, partner=party("12345678", "8"), own=party("WBDZDD", "ZZ"), wrong_count="WARN")
    assert await made.told() == []
    assert (await made.reasons())[0] == "segment 17 UNT: is the last segment, and UNZ is missing"
    assert [report.verdict for report in await made.reports()] == ["QUARANTINED"]


@pytest.mark.parametrize(
    ("name", "kind", "segments", "lines"),
    [
        ("edinet_x12_850.edi", "850", 9, [("0054321", "1")]),
        ("gs1_eancom_orders_d01b.edi", "ORDERS", 37, [("4000862141404", "48")]),
        ("pydifact_order.edi", "ORDERS", 14, [("5020436373085", "8"), ("5020436373108", "8")]),
    ],
)
def test_orders_of_others_are_cut_into_the_right_segments(name: str, kind: str, segments: int, lines: list[tuple[str, str]]) -> None:
    (message,) = read((FOLDER / name).read_bytes().decode("utf-8")).interchanges[0].messages
    assert (message.kind, len(message.body)) == (kind, segments)
    if kind == "850":
        told = [(one.at(7), one.at(2)) for one in message.body if one.tag == "PO1"]
    else:
        articles = [one.at(3) for one in message.body if one.tag == "LIN"]
        ordered = [one.at(1, 2) for one in message.body if one.tag == "QTY" and one.at(1) == "21"]
        told = list(zip(articles, ordered, strict=True))
    assert told == lines
