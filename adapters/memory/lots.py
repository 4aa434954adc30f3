"""Supply to come in a stock document: each feed says all it knows, so what it no longer says is gone."""

from adapters.memory.stated import unstated
from gateway.domain.claims import supply
from gateway.domain.claims.documents import StockDoc
from gateway.domain.ids import SourceCode, StockKey
from gateway.domain.stock import Inbound


def is_of(source: SourceCode, feed: str) -> bool:
    """Tell whether a feed of supply (`<source>/<name>`) is the source's."""
    return feed == source or feed.startswith(f"{source}/")


def with_lots(known: StockDoc | None, key: StockKey, owner: SourceCode, feed: str, lots: tuple[Inbound, ...]) -> StockDoc | None:
    """Return the document with what the feed says, None when it says nothing new.

    A position of which its owner said nothing yet is made, so that what will come is shown; it stays unstated.
    """
    stock = known or unstated(key, owner)
    return None if stock.lots.get(feed, ()) == lots else supply.with_lots(stock, feed, lots)
