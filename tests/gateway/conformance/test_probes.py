"""What the kit gives a source looks like what the gateway gives it."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.conformance.probes import cancellation, probe
from gateway.conformance.subject import Bounds, Subject
from gateway.domain.catalogue import Product
from gateway.domain.feeds import Item, Message, MessageKind, StockRow
from gateway.domain.messages import MessageFacts, message
from gateway.domain.order import Order
from resolvers.context import SourcePorts
from tests.domain.retailer import PLACES, WAREHOUSE
from tests.support.memory_shop import NETWORK, WMS, A, MemoryShop, order_of
from tests.support.placed_orders import goods, placed

BOUNDS = Bounds(1, 1, 0, 1, 1)


def shape(value: Any) -> Any:
    """Return the keys of a message at every depth; lists by their first."""
    if isinstance(value, Mapping):
        return {key: shape(one) for key, one in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else "value"


def without_addresses(body: Mapping[str, Any]) -> Mapping[str, Any]:
    deliveries = [{**one, "ship_to": None} for one in body["deliveries"]]
    return {**body, "ship_to": None, "bill_to": None, "deliveries": deliveries}


async def real(shop: MemoryShop, kind: MessageKind) -> Message:
    record = await placed(shop, goods(shop, (A, 1, WAREHOUSE)))
    order: Order = order_of(record)
    entry = next(one for one in record.outbox if one.kind == kind)
    return message(MessageFacts(order, entry, {A: Product(A, "Lamp")}, PLACES, None, shop.clock.now()))


@pytest.mark.parametrize("kind", ["ORDER", "SHIPMENT"])
async def test_a_probe_has_the_shape_of_a_message(kind: MessageKind) -> None:
    shop = MemoryShop()
    shop.shelf(A, WAREHOUSE, 5)
    source = next(source for source in NETWORK.sources if source.code == WMS)
    subject = Subject(NETWORK, source, SourcePorts(WMS), shop.clock, BOUNDS, True, "test")
    ours, theirs = probe(subject, kind, "shape", StockRow(WAREHOUSE, Item(sku=A), 5)), await real(shop, kind)
    assert shape(without_addresses(ours.body)) == shape(without_addresses(theirs.body))
    canceled = cancellation(ours, None)
    assert (canceled.kind, canceled.reference) == ("CANCEL", ours.reference)
    assert canceled.key != ours.key
