"""Lists of products: searched, filtered and sorted in the index of this process, joined with the view for what can be sold."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from gateway.domain.catalogue import Product
from gateway.domain.network import Channel
from gateway.ports.browse import BrowseKey, BrowseQuery
from resolvers.context import Context
from resolvers.live import bring_up_to_date
from resolvers.questions.availability import collectable, in_stock, stocked
from resolvers.questions.known import check_locations

COUNTED_TO = 10_000


@dataclass(frozen=True, slots=True)
class ProductWish:
    """What is asked of the list beyond the index's own conditions."""

    query: BrowseQuery
    in_stock: bool | None = None
    available_at: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ProductPage:
    rows: tuple[tuple[BrowseKey, Product], ...]
    more: bool
    total: int | None


async def products(context: Context, channel: Channel, wish: ProductWish, first: int, after: BrowseKey | None) -> ProductPage:
    """Return a page. `total` is exact to 10,000, None above."""
    check_locations(context, "availableAt", wish.available_at or ())
    fits = condition(context, channel, wish)
    found = list(islice(fitting(context, wish.query, after, fits), first + 1))
    rows = tuple(found[:first])
    if after is None and len(found) <= first:
        total: int | None = len(found)
    else:
        total = count(fitting(context, wish.query, None, fits))
    await bring_up_to_date(context, [product.sku for _, product in rows])
    return ProductPage(rows, len(found) > first, total)


def fitting(
    context: Context, query: BrowseQuery, after: BrowseKey | None, fits: Callable[[Product], bool]
) -> Iterator[tuple[BrowseKey, Product]]:
    return (row for row in context.world.browse.ordered(query, after) if fits(row[1]))


def count(rows: Iterator[tuple[BrowseKey, Product]]) -> int | None:
    counted = sum(1 for _ in islice(rows, COUNTED_TO + 1))
    return counted if counted <= COUNTED_TO else None


def condition(context: Context, channel: Channel, wish: ProductWish) -> Callable[[Product], bool]:
    """Return the test that a product must pass beyond the index's own conditions; the view is asked once for the whole list."""
    scope = context.surroundings.scope(channel)
    places = [code for code in scope if wish.available_at and code in wish.available_at and scope[code].collects]
    sold = stocked(context, channel, scope) if wish.in_stock is not None else None
    waiting = stocked(context, channel, places) if wish.available_at is not None else None

    def fits(product: Product) -> bool:
        if sold and in_stock(context, channel, product, sold) is not wish.in_stock:
            return False
        return waiting is None or collectable(context, channel, product, places, waiting)

    return fits
