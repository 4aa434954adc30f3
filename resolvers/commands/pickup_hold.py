"""How long collected work waits for its customer."""

from datetime import timedelta

from gateway.domain.network import Network
from gateway.domain.order import Order
from gateway.domain.ordering.working import work_named

USUAL_HOLD = timedelta(days=7)


def hold_of(network: Network, order: Order, number: str) -> timedelta:
    """Return the hold of the service by which the work was sold; the usual one when the network file has no such service any more."""
    group = next(group for group in order.groups if group.id == work_named(order, number).group)
    channel = next((channel for channel in network.channels if channel.code == order.channel), None)
    services = channel.services if channel else ()
    return next((service.hold for service in services if service.code == group.service), USUAL_HOLD)
