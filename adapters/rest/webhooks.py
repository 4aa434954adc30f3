"""What a system pushes: its signature checked first, then read like the feeds it stands for."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from adapters.rest.config import WebhookOptions
from adapters.rest.feeds import FeedReader
from adapters.rest.paging import Part
from adapters.rest.system import System
from adapters.transport.answers import parsed
from adapters.transport.calls import Answer
from gateway.domain.errors import SourceGarbage, Unauthenticated
from gateway.domain.feeds import Batch, RejectedRow, StockDelta, StockRow, WorkNews

LONGEST_HEADER = 1024
_PIECE = re.compile(r"\{(timestamp|signature)\}")
Pushed = StockRow | StockDelta | WorkNews


class RestWebhooks:
    """A WebhookReader. The signature covers the raw body and its time; a push older than the tolerance is refused."""

    def __init__(
        self,
        system: System,
        stated: WebhookOptions,
        secret: bytes,
        feeds: Sequence[FeedReader[StockRow | StockDelta] | FeedReader[WorkNews]],
    ) -> None:
        self._system, self._stated, self._secret, self._feeds = system, stated, secret, feeds
        pieces = _PIECE.split(stated.signature)
        self._header = re.compile("".join(rf"(?P<{part}>[^,;\s]+)" if place % 2 else re.escape(part) for place, part in enumerate(pieces)))

    def read(self, headers: Mapping[str, str], body: bytes) -> Batch[Pushed]:
        """Raise Unauthenticated for a bad, missing or old signature, SourceGarbage for a body that cannot be read."""
        self._check({name.lower(): value for name, value in headers.items()}, body)
        try:
            content = parsed(body, self._system.http.limits.max_depth)
        except ValueError as error:
            raise SourceGarbage(self._system.source.code, "its push is no JSON") from error
        now = self._system.clock.now()
        rows: list[Pushed] = []
        rejected: list[RejectedRow] = []
        epoch = ""
        for reader in self._feeds:
            listed = self._system.value(reader.feed.rows, content)
            if listed is None:
                continue
            if not isinstance(listed, list):
                raise SourceGarbage(self._system.source.code, f"its push has no list at {reader.feed.rows.text}")
            batch = reader.read(Part(Answer(200, {}, content), listed, now, last=True))
            rows += batch.rows
            rejected += batch.rejected
            epoch = batch.epoch or epoch
        return Batch(tuple(rows), tuple(rejected), asked_at=now, epoch=epoch)

    def _check(self, headers: Mapping[str, str], body: bytes) -> None:
        stated = self._stated
        found = self._header.search(headers.get(stated.signature_header.lower(), "")[:LONGEST_HEADER])
        if found is None:
            raise Unauthenticated(f"This push carries no signature; send the header {stated.signature_header}.")
        pieces = found.groupdict()
        timestamp = pieces.get("timestamp") or headers.get((stated.timestamp_header or "").lower(), "")
        self._check_age(timestamp)
        before, _, after = stated.signed.partition("{body}")
        signed = before.replace("{timestamp}", timestamp).encode() + body + after.replace("{timestamp}", timestamp).encode()
        expected = hmac.new(self._secret, signed, hashlib.sha256).digest()
        if not hmac.compare_digest(expected, self._decoded(pieces["signature"])):
            raise Unauthenticated("The signature of this push is wrong.")

    def _check_age(self, timestamp: str) -> None:
        if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 20:  # noqa: PLR2004 - more digits than any clock's
            raise Unauthenticated("This push carries no time.")
        sent_s = int(timestamp) / (1000 if self._stated.timestamp_unit == "MS" else 1)
        if abs(self._system.clock.now().timestamp() - sent_s) > self._stated.tolerance_s:
            raise Unauthenticated("This push is too old, or its clock is wrong.")

    def _decoded(self, text: str) -> bytes:
        try:
            return bytes.fromhex(text) if self._stated.encoding == "HEX" else base64.b64decode(text, validate=True)
        except (ValueError, binascii.Error):
            return b""
