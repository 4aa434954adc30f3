"""Who calls: the key of a request, looked up by its id and compared in constant time; the shopper's session beside it."""

import hashlib
import hmac
from collections.abc import Mapping

from gateway.domain.errors import Unauthenticated
from gateway.domain.ids import ChannelCode
from gateway.domain.network import Caller, Network
from gateway.domain.principal import SCOPES, Principal

SHORTEST_SESSION = 22
LONGEST_SESSION = 255
LONGEST_KEY = 512
REMEDY = "Send `authorization: Bearer <key>` with the key that the network file names for you."


class Callers:
    """The callers of the network file. Tokens of an identity provider will be told apart from keys here."""

    def __init__(self, network: Network) -> None:
        self._by_id = {caller.id: caller for caller in network.callers}
        self._channels = [channel.code for channel in network.channels]

    async def principal(self, headers: Mapping[str, str]) -> Principal:
        """Raise Unauthenticated for a missing, malformed or unknown key, and for a malformed session."""
        caller = self._caller(headers.get("authorization", ""))
        session = headers.get("x-session")
        scopes = SCOPES[caller.kind] if caller.scopes is None else frozenset(caller.scopes)
        return Principal(
            id=caller.id,
            kind=caller.kind,
            name=caller.name or caller.id,
            scopes=scopes,
            channel=self._channel(caller),
            locations=frozenset(caller.locations),
            session=session_digest(session) if session and caller.kind == "STOREFRONT" else None,
        )

    def most_cost(self, principal: Principal, otherwise: int) -> int:
        """Return what a caller may spend on one operation."""
        caller = self._by_id.get(principal.id)
        return otherwise if caller is None or caller.most_cost is None else caller.most_cost

    def _caller(self, authorization: str) -> Caller:
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key or len(key) > LONGEST_KEY:
            raise Unauthenticated(f"This request carries no key. {REMEDY}")
        name, _, secret = key.strip().partition(".")
        caller = self._by_id.get(name)
        expected = caller.key_sha256 if caller else "0" * 64
        if not hmac.compare_digest(hashlib.sha256(secret.encode()).hexdigest(), expected.lower()) or caller is None:
            raise Unauthenticated(f"This key is not known. {REMEDY}")
        return caller

    def _channel(self, caller: Caller) -> ChannelCode | None:
        return caller.channel or (self._channels[0] if self._channels else None)


def session_digest(session: str) -> str:
    """Return what stands for the shopper in our documents: a session is a secret and is never stored."""
    if not SHORTEST_SESSION <= len(session) <= LONGEST_SESSION or not session.isascii():
        raise Unauthenticated(f"x-session must be {SHORTEST_SESSION} to {LONGEST_SESSION} random ASCII characters, made once per shopper.")
    return hashlib.sha256(session.encode()).hexdigest()[:32]
