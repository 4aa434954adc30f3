"""What the network file says of the bounds of calls to one system, over those of the process."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from adapters.mapping.options import Options
from adapters.transport.calls import Limits


class LimitOptions(Options):
    """Bounds of calls to this system; the process's own where left out."""

    read_timeout_s: Annotated[float, Field(gt=0, le=120)] | None = None
    feed_timeout_s: Annotated[float, Field(gt=0, le=600)] | None = None
    """Of one part of a feed."""
    mutation_timeout_s: Annotated[float, Field(gt=0, le=120)] | None = None
    fewest_calls: Annotated[int, Field(ge=1, le=64)] | None = None
    """Calls under way at once that are always allowed, however slowly it answers."""
    most_calls: Annotated[int, Field(ge=1, le=64)] | None = None
    """Calls under way at once that are never exceeded, however fast it answers."""
    max_bytes: Annotated[int, Field(ge=1024)] | None = None
    """Of an answer, unpacked."""
    feed_max_bytes: Annotated[int, Field(ge=1024)] | None = None
    """Of one part of a feed, unpacked."""
    hedge_after_s: Annotated[float, Field(gt=0, le=60)] | None = None
    """When a live read that was not answered is asked for a second time; else after what 95 % of them take."""

    def over(self, limits: Limits) -> Limits:
        """Return the limits with this system's own words over the process's."""
        stated = self.model_dump(exclude_none=True, exclude={"fewest_calls", "most_calls"})
        most = self.most_calls or limits.bulkhead.most
        fewest = min(most, self.fewest_calls or limits.bulkhead.fewest)
        return replace(limits, **stated, bulkhead=replace(limits.bulkhead, fewest=fewest, most=most))
