"""The headers by which a system knows us; the secrets come from the environment or from files."""

import base64
from collections.abc import Mapping
from pathlib import Path

from adapters.rest.config import Authentication
from gateway.domain.errors import ConfigurationInvalid


def authentication_headers(source: str, stated: Authentication, environment: Mapping[str, str]) -> dict[str, str]:
    """Raise ConfigurationInvalid naming the variable or file that is missing."""
    if stated.scheme == "NONE":
        return {}
    secret = _secret(source, stated, environment)
    if stated.scheme == "HEADER":
        return {stated.header: secret}
    if stated.scheme == "BASIC":
        pair = f"{_user(source, stated, environment)}:{secret}"
        return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {"authorization": f"{stated.scheme.title()} {secret}"}


def _user(source: str, stated: Authentication, environment: Mapping[str, str]) -> str:
    if stated.user_env:
        return _variable(source, "user_env", stated.user_env, environment)
    return stated.user or ""


def _secret(source: str, stated: Authentication, environment: Mapping[str, str]) -> str:
    if stated.secret_env:
        return _variable(source, "secret_env", stated.secret_env, environment)
    if stated.secret_file:
        return _file(source, stated.secret_file)
    raise _refused(source, "secret_env", "is missing; name the environment variable, or secret_file, that holds the secret")


def _file(source: str, path: str) -> str:
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise _refused(source, "secret_file", f"{path} cannot be read: {error.strerror}") from error
    if not secret:
        raise _refused(source, "secret_file", f"{path} is empty")
    return secret


def _variable(source: str, key: str, name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "")
    if not value:
        raise _refused(source, key, f"{name} is not set; set this environment variable")
    return value


def _refused(source: str, key: str, what: str) -> ConfigurationInvalid:
    return ConfigurationInvalid(f"source {source}", [f"sources.{source}.options.authentication.{key}: {what}"])
