"""What a place can prepare: set by those who work there, shown with what is booked of it."""

from datetime import date
from typing import Any

from adapters.memory.capacity_book import MemoryCapacityBook
from adapters.memory.claims import MemoryClaims
from gateway.domain.capacity import Room
from tests.domain.retailer import LYON, NANTES
from tests.graph.conftest import CLERK, OPERATOR, SHOPPER, Retail

SET = """mutation ($input: SetCapacityInput!) {
  setCapacity(input: $input) { location { code capacity(on: "2025-06-27") { date unit perDay used available } } userErrors { code field } }
}"""
READ = """query ($on: Date) { location(by: {code: "LYO"}) { capacity(on: $on) { date perDay used available } } }"""


def wish(key: str = "k", **changes: Any) -> dict[str, Any]:
    return {"idempotencyKey": key * 22, "locationCode": LYON, "from": "2025-06-27", "to": "2025-06-28", "perDay": 5} | changes


def limited(retail: Retail) -> MemoryCapacityBook:
    retail.claims = MemoryClaims(retail.database)
    return retail.capacity


async def test_a_place_says_what_it_can_prepare(retail: Retail, ask: Any) -> None:
    book = limited(retail)
    assert (await ask(READ, SHOPPER, on="2025-06-27"))["location"]["capacity"] is None
    told = (await ask(SET, CLERK, input=wish()))["setCapacity"]
    assert told == {
        "location": {"code": "LYO", "capacity": {"date": "2025-06-27", "unit": "ORDERS", "perDay": 5, "used": 0, "available": 5}},
        "userErrors": [],
    }
    assert await book.rooms(date(2025, 6, 1)) == {LYON: {(date(2025, 6, day), 0): Room(5, 5) for day in (27, 28)}}


async def test_a_call_that_is_repeated_later_sets_nothing_again(retail: Retail, ask: Any) -> None:
    book = limited(retail)
    await ask(SET, CLERK, input=wish())
    await ask(SET, CLERK, input=wish("l", perDay=2))
    assert (await ask(SET, CLERK, input=wish()))["setCapacity"]["userErrors"] == []
    assert (await book.rooms(date(2025, 6, 1)))[LYON][date(2025, 6, 27), 0] == Room(2, 2)
    other = (await ask(SET, CLERK, input=wish(perDay=9)))["setCapacity"]
    assert [error["code"] for error in other["userErrors"]] == ["IDEMPOTENCY_CONFLICT"]


async def test_what_cannot_be_set_is_refused_by_name(retail: Retail, ask: Any) -> None:
    limited(retail)

    async def refused(who: Any, **changes: Any) -> list[str]:
        return [error["code"] for error in (await ask(SET, who, input=wish(**changes)))["setCapacity"]["userErrors"]]

    assert await refused(CLERK, locationCode=NANTES) == ["NOT_ALLOWED_HERE"]
    assert await refused(OPERATOR, locationCode="XXX") == ["NOT_FOUND"]
    assert await refused(CLERK, **{"from": "2025-06-01", "to": "2024-01-01", "perDay": -1}) == ["OUT_OF_RANGE"] * 3
