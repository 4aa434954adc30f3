"""Names in filters must be names of something: an unknown one would give an empty list that looks like an answer."""

from collections.abc import Iterable

from gateway.domain.errors import BadInput
from gateway.domain.ids import Sku
from gateway.domain.nearest import nearest
from resolvers.context import Context
from resolvers.loaders import products_by_sku


def check_locations(context: Context, field: str, codes: Iterable[str]) -> None:
    """Raise BadInput that names the field, the first unknown code and the nearest there is."""
    check(field, "location", codes, context.surroundings.locations)


def check_sources(context: Context, field: str, codes: Iterable[str]) -> None:
    check(field, "source", codes, [source.code for source in context.world.network.sources])


def check(field: str, what: str, names: Iterable[str], valid: Iterable[str]) -> None:
    known = frozenset(valid)
    for name in names:
        if name not in known:
            raise BadInput(f"{field}: there is no {what} {name!r}; {nearest(name, known)}")


async def check_skus(context: Context, field: str, skus: Iterable[Sku]) -> None:
    asked = list(dict.fromkeys(skus))
    for sku, product in zip(asked, await products_by_sku(context, asked) if asked else (), strict=True):
        if product is None:
            raise BadInput(f"{field}: there is no product with the sku {sku!r}; look for it by products(filter: {{search}}).")


def check_distance(within_m: int | None, *, near: bool) -> None:
    if within_m is not None and within_m < 0:
        raise BadInput(f"withinMeters is {within_m}; use 0 or more.")
    if within_m is not None and not near:
        raise BadInput("withinMeters needs near: the point that it is measured from.")
