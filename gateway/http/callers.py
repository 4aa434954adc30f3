"""What the endpoint is given to tell callers apart and to prepare what resolvers see."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from gateway.domain.principal import Principal

Authenticate: TypeAlias = Callable[[Mapping[str, str]], Awaitable[Principal]]
"""Tells the caller from headers with lower-case names; raises an error whose code is UNAUTHENTICATED."""
ContextFor: TypeAlias = Callable[[Principal, str], object]
"""Makes what resolvers see as their context from the caller and the trace id, once per operation and per event of a subscription."""
