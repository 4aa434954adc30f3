"""A person's session in Tryton over JSON-RPC: what is seeded, and what tests look at and do there, apart from the adapter."""

import base64
import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import httpx2

USER, PASSWORD = "admin", "admin-on-loopback"


class Refused(Exception):
    """Tryton's own refusal: its class, and what it says."""

    def __init__(self, error: Any) -> None:
        super().__init__(json.dumps(error)[:2000])
        self.kind = error[0] if isinstance(error, list) and error else ""
        self.said = error[1] if isinstance(error, list) and len(error) > 1 else None


class Rpc:
    """One login on one database."""

    def __init__(self, url: str, database: str, *, timeout_s: float = 120) -> None:
        self.url, self.database = url, database
        self._http = httpx2.Client(timeout=timeout_s, trust_env=False)
        uid, token, _ = self._call("common.db.login", [USER, {"password": PASSWORD}, "en"])
        self.uid = uid
        word = base64.b64encode(f"{USER}:{uid}:{token}".encode()).decode()
        self._http.headers["authorization"] = f"Session {word}"
        self.context: dict[str, Any] = {}
        self.renew()

    def renew(self) -> None:
        """Read the user's preferences anew: they hold its company."""
        self.context = self._call("model.res.user.get_preferences", [True, {}])

    def _call(self, method: str, params: Sequence[Any]) -> Any:
        body = json.dumps({"id": 1, "method": method, "params": list(params)}, default=plain)
        answer = self._http.post(f"{self.url}/{self.database}/rpc/", content=body, headers={"content-type": "application/json"})
        answer.raise_for_status()
        told = json.loads(answer.content, object_hook=known)
        if "error" in told:
            raise Refused(told["error"])
        return told["result"]

    def model(self, name: str, method: str, *arguments: Any, **context: Any) -> Any:
        return self._call(f"model.{name}.{method}", [*arguments, {**self.context, **context}])

    def create(self, name: str, *values: dict[str, Any]) -> list[int]:
        made: list[int] = self.model(name, "create", list(values))
        return made

    def one(self, name: str, values: dict[str, Any]) -> int:
        return self.create(name, values)[0]

    def rows(self, name: str, domain: list[Any], *fields: str, **context: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.model(name, "search_read", domain, 0, None, None, list(fields), **context)
        return found

    def ids(self, name: str, *domain: Any) -> list[int]:
        found: list[int] = self.model(name, "search", list(domain), 0, None, None)
        return found

    def press(self, name: str, button: str, *ids: int) -> Any:
        """Press a button; a warning is acknowledged, as a person would."""
        while True:
            try:
                return self.model(name, button, list(ids))
            except Refused as refused:
                if refused.kind != "UserWarning" or not isinstance(refused.said, list):
                    raise
                self.one("res.user.warning", {"user": self.uid, "name": refused.said[0], "always": False})

    def wizard(self, name: str, *steps: tuple[dict[str, Any], str]) -> None:
        """Run a wizard: each step gives the forms of its states, and the button pressed."""
        session = self._call(f"wizard.{name}.create", [self.context])[0]
        for forms, button in steps:
            self._call(f"wizard.{name}.execute", [session, forms, button, self.context])
        self._call(f"wizard.{name}.delete", [session, self.context])

    def close(self) -> None:
        self._http.close()


def plain(value: Any) -> Any:
    """Return a value in Tryton's own JSON."""
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, dt.timedelta):
        return {"__class__": "timedelta", "seconds": value.total_seconds()}
    if isinstance(value, dt.date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    raise TypeError(f"{value!r} cannot be told")


def known(found: dict[str, Any]) -> Any:
    kind = found.get("__class__")
    if kind == "Decimal":
        return Decimal(found["decimal"])
    if kind == "date":
        return dt.date(found["year"], found["month"], found["day"])
    if kind == "datetime":
        clock = (found[name] for name in ("hour", "minute", "second", "microsecond"))
        return dt.datetime.combine(dt.date(found["year"], found["month"], found["day"]), dt.time(*clock), tzinfo=dt.UTC)
    if kind == "timedelta":
        return dt.timedelta(seconds=found["seconds"])
    return found
