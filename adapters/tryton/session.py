"""A user's session over JSON-RPC: buttons are pressed and records made in it; warnings are acknowledged as a person would."""

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from adapters.transport.calls import Answer, Call
from adapters.transport.http import HttpSource
from adapters.tryton import wire
from gateway.domain.errors import SourceBusy, SourceError, SourceGarbage, SourceRejected, SourceUnavailable

ENDED = frozenset({HTTPStatus.UNAUTHORIZED.value})
PREFERENCES = "model.res.user.get_preferences"


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: a result, the name of a warning to be acknowledged, or that the session has ended."""

    result: Any = None
    warning: str | None = None
    ended: bool = False


class Session:
    """One user. Opened at its first use; a call that finds it ended was not carried out and is made once more in a new one."""

    def __init__(self, http: HttpSource, database: str, user: str, password: str) -> None:
        self._http, self._url, self._user, self._password = http, f"/{database}/rpc/", user, password
        self._word: str | None = None
        self._uid = 0
        self._context: dict[str, Any] = {}
        self._opening = asyncio.Lock()

    @property
    def source(self) -> str:
        return self._http.source

    async def call(self, operation: str, method: str, *arguments: Any, context: dict[str, Any] | None = None) -> Any:
        """Return what a method returns. Raises SourceRejected for what Tryton refuses; what broke off may have had its effect."""
        told = await self._told(operation, method, arguments, context)
        if told.warning:
            raise SourceRejected(self._http.source, f"warns at {method.rpartition('.')[2]}, and nobody is asked")
        return told.result

    async def press(self, operation: str, model: str, button: str, ids: Sequence[int]) -> Any:
        """Press a button of some records; each warning is acknowledged once."""
        acknowledged: set[str] = set()
        while True:
            told = await self._told(operation, f"model.{model}.{button}", (list(ids),), None)
            if told.warning is None:
                return told.result
            if told.warning in acknowledged:
                raise SourceRejected(self._http.source, f"warns again at {button}, though it was acknowledged")
            acknowledged.add(told.warning)
            word = {"user": self._uid, "name": told.warning, "always": False}
            await self.call(operation, "model.res.user.warning.create", [word])

    async def _told(self, operation: str, method: str, arguments: Sequence[Any], context: dict[str, Any] | None) -> Told:
        for _ in range(2):
            word = await self._opened(operation)
            params = [*arguments, {**self._context, **(context or {})}]
            told = await self._asked(operation, method, params, word)
            if not told.ended:
                return told
            self._end(word)
        raise SourceUnavailable(self._http.source, "ends every session at once: our credential or its rights are refused")

    async def _opened(self, operation: str) -> str:
        async with self._opening:
            if self._word is None:
                self._word = await self._login(operation)
            return self._word

    def _end(self, word: str) -> None:
        if self._word == word:
            self._word = None

    async def _login(self, operation: str) -> str:
        given = [self._user, {"password": self._password}, "en"]
        told = await self._asked(operation, "common.db.login", given, None, mutation=False)
        if told.ended or not isinstance(told.result, list) or len(told.result) < 2:  # noqa: PLR2004 - user and token
            raise SourceUnavailable(self._http.source, "refuses our user or its password")
        uid, token = told.result[:2]
        word = base64.b64encode(f"{self._user}:{uid}:{token}".encode()).decode()
        known = await self._asked(operation, PREFERENCES, [True, {}], word, mutation=False)
        if not isinstance(known.result, dict):
            raise SourceGarbage(self._http.source, "its user's preferences are no object")
        self._uid, self._context = int(uid), known.result
        return word

    async def _asked(self, operation: str, method: str, params: Sequence[Any], word: str | None, *, mutation: bool = True) -> Told:
        call = Call(
            method="POST",
            url=self._url,
            headers={"content-type": "application/json"} | ({"authorization": f"Session {word}"} if word else {}),
            body=wire.written({"id": 1, "method": method, "params": list(params)}),
            mutation=mutation,
            timeout_s=self._http.limits.mutation_timeout_s,
            accepts=ENDED,
            operation=operation,
        )
        return await self._http.read(call, lambda answer: self._understood(answer, method, mutation=mutation))

    def _understood(self, answer: Answer, method: str, *, mutation: bool) -> Told:
        if answer.status in ENDED:
            return Told(ended=True)
        content = answer.content
        if not isinstance(content, dict) or not ("result" in content or "error" in content):
            raise SourceGarbage(self._http.source, f"its answer to {method} is no result", unknown_effect=mutation)
        if "error" not in content:
            try:
                return Told(wire.read(content["result"]))
            except ValueError as error:
                raise SourceGarbage(self._http.source, f"its answer to {method}: {error}", unknown_effect=mutation) from error
        return self._refused(content["error"], method, mutation=mutation)

    def _refused(self, error: Any, method: str, *, mutation: bool) -> Told:
        """Return the warning, or raise what a refusal means: it was rolled back, whatever it is, unless it is none of Tryton's own."""
        kind, said = (*error, None, None)[:2] if isinstance(error, list) else (None, None)
        if kind == "UserWarning" and isinstance(said, list) and said:
            return Told(warning=str(said[0]))
        raise self._meant(str(kind), method, mutation=mutation)

    def _meant(self, kind: str, method: str, *, mutation: bool) -> SourceError:
        source, button = self._http.source, ".".join(method.split(".")[1:])
        if kind == "UserError":
            return SourceRejected(source, f"refuses {button}")
        if kind == "ConcurrencyException":
            return SourceBusy(source, f"has {button} of others under way")
        if kind == "LoginException":
            return SourceUnavailable(source, f"asks for another login at {button}")
        return SourceUnavailable(source, f"failed at {button}", unknown_effect=mutation)
