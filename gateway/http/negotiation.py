"""Content negotiation: which media types a caller accepts for its answer, the most wanted first."""

from functools import lru_cache

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
HTML = "text/html"

OFFERS = (RESPONSE_JSON, JSON, EVENT_STREAM, HTML)
WILDCARDS = {"*/*", "application/*"}


@lru_cache(maxsize=256)
def media_types(accept: str | None) -> tuple[str, ...]:
    """Return what of our offers is accepted; a wildcard or nothing said means plain JSON, as older clients expect."""
    if not accept or not accept.strip():
        return (JSON,)
    wanted: dict[str, float] = {}
    for part in accept.split(","):
        name, _, parameters = part.partition(";")
        weight = quality(parameters)
        name = name.strip().lower()
        name = JSON if name in WILDCARDS else name
        if name in OFFERS and weight > wanted.get(name, 0):
            wanted[name] = weight
    return tuple(sorted(wanted, key=lambda name: -wanted[name]))


def quality(parameters: str) -> float:
    """Return the weight that `q` gives, 1 where it says nothing that can be read."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 1.0
    return 1.0
