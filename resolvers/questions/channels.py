"""Channels: which ones there are, and which one a call speaks of."""

from collections.abc import Sequence

from gateway.domain.errors import BadInput
from gateway.domain.ids import ChannelCode
from gateway.domain.network import Channel, DeliveryMethod, DeliveryService
from resolvers.context import Context


def channels(context: Context) -> Sequence[Channel]:
    return context.world.network.channels


def channel(context: Context, code: str | None) -> Channel | None:
    """Return the channel of a call, None for a name that nothing has."""
    return context.world.channel(code, context.principal)


def known_channel(context: Context, code: str | None) -> Channel:
    """Return the channel of a call whose answer cannot be null; raises BadInput for an unknown name."""
    found = channel(context, code)
    if found is None:
        known = ", ".join(channel.code for channel in channels(context))
        raise BadInput(f"There is no channel {code!r}; there are: {known}.")
    return found


def service_named(context: Context, channel_code: ChannelCode, code: str, method: DeliveryMethod) -> DeliveryService:
    """Return the service that an order was sold; one that its channel no longer has is shown by its code."""
    found = channel(context, channel_code)
    services = found.services if found else ()
    return next((service for service in services if service.code == code), DeliveryService(code, code, method))


def channel_named(context: Context, code: ChannelCode) -> Channel:
    """Return the channel that an object names; one that the network no longer has is shown by its code."""
    network = context.world.network
    return channel(context, code) or Channel(code, code, network.currency, network.time_zone)
