"""One GTIN names one product: a second one is refused by name, and a number that was given up may be taken."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from gateway.domain.catalogue import Product
from gateway.domain.feeds import Batch, RejectedRow
from gateway.domain.ids import Sku
from tests.support.memory_network import GTINS, MemoryNetwork, product, refusals
from tests.support.memory_shop import ERP, A, B

NUMBER, OTHER = "4000000000037", "4000000000044"


class Pages:
    """A CatalogueSource of pages that are set."""

    def __init__(self, *pages: Sequence[Product]) -> None:
        self.pages = pages

    async def products(self, changed_since: str | None = None) -> AsyncIterator[Batch[Product]]:
        for n, page in enumerate(self.pages, 1):
            yield Batch(tuple(page), cursor=str(n), complete=n == len(self.pages))


def is_of(number: str, sku: str) -> str:
    return f"its GTIN {number} is that of {sku}; a number names one product"


async def gtins(network: MemoryNetwork) -> dict[str, str | None]:
    """Return the number of every product that is sold, having checked that each number finds its own."""
    sold = {known.sku: known.gtin for known in await network.world.catalogue.everything() if known.active}
    found = await network.world.catalogue.skus_by_gtin([number for number in sold.values() if number])
    assert found == {number: sku for sku, number in sold.items() if number}
    return dict(sold)


async def read(network: MemoryNetwork, *pages: Sequence[Product]) -> list[tuple[int, str, str]]:
    """Let the ERP list these products; return what was refused."""
    network.with_ports(ERP, catalogue=Pages(*pages))
    report = await network.full(ERP, "catalogue")
    assert report.error is None
    return refusals(report)


LISTED = (product("A"), product("B"), product("C"))


@pytest.mark.parametrize("split", [5, 4])
async def test_the_second_product_of_a_pass_with_one_gtin_is_refused_in_whatever_part_it_comes(network: MemoryNetwork, split: int) -> None:
    rows = [*LISTED, product("D", NUMBER), product("E", NUMBER)]
    assert await read(network, rows[:split], rows[split:]) == [(4, "E", is_of(NUMBER, "D"))]
    assert await gtins(network) == {**GTINS, "D": NUMBER}


async def test_zeros_that_pad_a_number_make_no_other_one_of_it(network: MemoryNetwork) -> None:
    padded = f"0{GTINS[B]}"
    assert await read(network, [*LISTED, product("D", padded)]) == [(3, "D", is_of(padded, "B"))]


async def test_a_product_that_is_known_keeps_its_number_even_when_it_is_listed_later(network: MemoryNetwork) -> None:
    assert await read(network, [product("D", GTINS[A])], LISTED) == [(0, "D", is_of(GTINS[A], "A"))]
    assert await gtins(network) == GTINS


async def test_what_changed_is_compared_with_what_is_known_from_earlier_passes(network: MemoryNetwork) -> None:
    network.catalogue.sell(product("D", GTINS[A]), product("E", NUMBER))
    report = await network.changes(ERP, "catalogue")
    assert (refusals(report), report.applied) == ([(0, "D", is_of(GTINS[A], "A"))], 1)
    assert await gtins(network) == {**GTINS, "E": NUMBER}


async def test_a_product_whose_new_number_is_another_s_stays_as_it_was_and_is_sold_on(network: MemoryNetwork) -> None:
    renamed = replace(product("B", GTINS[A]), name="Renamed")
    assert await read(network, [product("A"), renamed, product("C")]) == [(1, "B", is_of(GTINS[A], "A"))]
    assert await gtins(network) == GTINS
    assert (await network.world.catalogue.products([B]))[B].name == "Product B"


async def test_the_number_of_a_product_that_is_no_longer_listed_may_pass_to_a_new_one(network: MemoryNetwork) -> None:
    assert await read(network, [product("A-2026", GTINS[A]), product("B"), product("C")]) == []
    assert await gtins(network) == {"A-2026": GTINS[A], "B": GTINS[B], "C": GTINS[Sku("C")]}
    assert await read(network, [product("A-2026", GTINS[A]), *LISTED]) == [(1, "A", is_of(GTINS[A], "A-2026"))]


async def test_the_number_of_a_product_that_could_not_be_read_passes_to_nobody(network: MemoryNetwork) -> None:
    network.catalogue._log = [product("D", GTINS[A]), product("B"), product("C")]
    network.catalogue.rejected = (RejectedRow(3, "A", "price: 'cheap' is no amount"),)
    report = await network.full(ERP, "catalogue")
    assert sorted(refusals(report)) == [(0, "D", is_of(GTINS[A], "A")), (3, "A", "price: 'cheap' is no amount")]
    assert await gtins(network) == GTINS


async def test_a_product_that_is_listed_as_not_sold_claims_no_number(network: MemoryNetwork) -> None:
    assert await read(network, [product("D", GTINS[A]), *LISTED[1:], replace(product("A"), active=False)]) == []
    assert await gtins(network) == {"B": GTINS[B], "C": GTINS[Sku("C")], "D": GTINS[A]}


@pytest.mark.parametrize("split", [1, 3])
async def test_products_may_change_numbers_with_each_other_in_one_pass(network: MemoryNetwork, split: int) -> None:
    rows = [product("A", GTINS[B]), product("B", GTINS[A]), product("C")]
    assert await read(network, rows[:split], rows[split:]) == []
    assert await gtins(network) == {**GTINS, A: GTINS[B], B: GTINS[A]}


async def test_a_number_is_not_passed_on_by_a_product_that_was_refused_the_one_it_wanted(network: MemoryNetwork) -> None:
    """D wants A's, which wants B's, which stays where it is."""
    rows = [product("D", GTINS[A]), product("A", GTINS[B]), product("B"), product("C")]
    assert await read(network, rows) == [(1, "A", is_of(GTINS[B], "B")), (0, "D", is_of(GTINS[A], "A"))]
    assert await gtins(network) == GTINS


async def test_a_change_feed_that_moves_a_number_is_taken_in_any_order(network: MemoryNetwork) -> None:
    network.catalogue.sell(product("D", GTINS[A]), product("A", OTHER))
    report = await network.changes(ERP, "catalogue")
    assert (refusals(report), report.applied) == ([], 2)
    assert await gtins(network) == {**GTINS, "D": GTINS[A], A: OTHER}
    network.catalogue.sell(product("E", OTHER))
    report = await network.changes(ERP, "catalogue")
    assert refusals(report) == [(0, "E", is_of(OTHER, "A"))]
