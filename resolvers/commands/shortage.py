"""What is told when goods or room that seemed to be there were gone as the ledger took them."""

from gateway.domain.errors import DomainError, InsufficientStock, PromiseChanged, Refused
from gateway.domain.exclusion import ExclusionReason
from gateway.domain.ids import StockKey, capacity_named, is_capacity, sku_and_location
from gateway.domain.promise.options import Quote
from gateway.domain.promise.token import verified
from resolvers.commands.inputs import PlaceOrder
from resolvers.commands.placing import Placing
from resolvers.commands.quoting import lost
from resolvers.commands.redeeming import instead


def gone_meanwhile(command: PlaceOrder, short: tuple[StockKey, int] | None, placing: Placing | None) -> DomainError:
    """Return the refusal: a token's with the best option instead (where one can be planned), else what is short."""
    key, free = short or (None, 0)
    full = key is not None and is_capacity(key)
    g, n = _line_of(command, key, placing)
    group, at = command.delivery_groups[g], ("deliveryGroups", str(g))
    if group.promise_token is not None:
        reason: ExclusionReason = "CAPACITY_FULL" if full else "NO_STOCK"
        option = best_instead(placing, g, group.promise_token, short) if placing else None
        message = f"{lost(reason).detail[:-1]}; ask for delivery options again."
        return PromiseChanged(message, reason=reason, option=option, field=(*at, "promiseToken"))
    if key is not None and full:
        message = f"{capacity_named(key)[0]} can prepare no more in time; ask deliveryPromises for what is possible."
        return Refused(message, refusal="CAPACITY_FULL", field=at)
    line = group.lines[n]
    available = min(max(0, free), line.quantity - 1)
    return InsufficientStock(line.sku, requested=line.quantity, available=available, field=(*at, "lines", str(n), "quantity"))


def _line_of(command: PlaceOrder, key: StockKey | None, placing: Placing | None) -> tuple[int, int]:
    """Return the delivery group and line that a short place stopped; the first ones where that is not known any more."""
    if key is not None and is_capacity(key):
        return (min(placing.units.get((key, ""), {}), default=0), 0) if placing else (0, 0)
    wanted = sku_and_location(key)[0] if key else None
    lines = ((g, n, line) for g, group in enumerate(command.delivery_groups) for n, line in enumerate(group.lines))
    return next(((g, n) for g, n, line in lines if line.sku == wanted), (0, 0))


def best_instead(placing: Placing, g: int, text: str, short: tuple[StockKey, int] | None) -> Quote | None:
    quoter, wish = placing.quoter, placing.wishes[g]
    if short is not None and is_capacity(short[0]):
        quoter.full[short[0]] = short[1]
    elif short is not None:
        quoter.gone.add(sku_and_location(short[0]))
    token = verified(text, quoter.context.world.secrets.tokens, quoter.channel.code, quoter.context.now)
    return instead(quoter, wish, token)
