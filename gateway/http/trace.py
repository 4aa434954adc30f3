"""The trace id of a request: the caller's own by W3C `traceparent`, else a new one."""

import re
from collections.abc import Mapping
from secrets import token_hex

TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?", re.ASCII)


def trace_id_of(headers: Mapping[str, str]) -> str:
    sent = TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return sent[1] if sent else token_hex(16)
