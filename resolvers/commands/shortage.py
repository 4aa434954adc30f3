"""What is told when goods that seemed to be there were gone as the ledger took them."""

from gateway.domain.errors import DomainError, InsufficientStock, PromiseChanged
from gateway.domain.ids import StockKey, sku_and_location
from gateway.domain.promise.token import verified
from resolvers.commands.inputs import PlaceOrder
from resolvers.commands.placing import Placing
from resolvers.commands.redeeming import instead
from resolvers.questions.promises import Quote


def gone_meanwhile(command: PlaceOrder, short: tuple[StockKey, int] | None, placing: Placing | None) -> DomainError:
    """Return the refusal: a token's with the best option instead (where one can be planned), else the line that is short."""
    key, free = short or (None, 0)
    wanted = sku_and_location(key)[0] if key else command.delivery_groups[0].lines[0].sku
    g, n = next(
        ((g, n) for g, group in enumerate(command.delivery_groups) for n, line in enumerate(group.lines) if line.sku == wanted), (0, 0)
    )
    group = command.delivery_groups[g]
    at = ("deliveryGroups", str(g))
    if group.promise_token is not None:
        option = best_instead(placing, g, group.promise_token, key) if placing else None
        message = "The goods that were promised are gone; ask for delivery options again."
        return PromiseChanged(message, reason="NO_STOCK", option=option, field=(*at, "promiseToken"))
    asked = group.lines[n].quantity
    return InsufficientStock(wanted, requested=asked, available=min(max(0, free), asked - 1), field=(*at, "lines", str(n), "quantity"))


def best_instead(placing: Placing, g: int, text: str, key: StockKey | None) -> Quote | None:
    quoter, wish = placing.quoter, placing.wishes[g]
    if key is not None:
        quoter.gone.add(sku_and_location(key))
    token = verified(text, quoter.context.world.secrets.tokens, quoter.channel.code, quoter.context.now)
    return instead(quoter, wish, token)
