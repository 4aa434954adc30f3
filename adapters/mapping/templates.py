"""Requests with blanks: paths with `{expression}`, and tables whose texts are expressions."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from adapters.mapping.expressions import Expression, ExpressionFailed, Words

_BLANK = re.compile(r"\{([^{}]+)\}")


class PathTemplate:
    """A path such as `/shops/{each[0]}/stock`; what fills a blank is escaped and must not be empty."""

    def __init__(self, text: str) -> None:
        self.text = text
        parts = _BLANK.split(text)
        self._fixed, self._blanks = parts[::2], [Expression(part) for part in parts[1::2]]
        if not text.startswith(("/", "http://", "https://")):
            raise ValueError(f"{text!r} must start with / or http")

    def __call__(self, scope: Mapping[str, Any], words: Words) -> str:
        filled = [_segment(blank, scope, words) for blank in self._blanks]
        return self._fixed[0] + "".join(value + fixed for value, fixed in zip(filled, self._fixed[1:], strict=True))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(strict=True))


class BodyTemplate:
    """A body: one expression, or a table whose texts are expressions at any depth. Keys without a value are left out."""

    def __init__(self, template: Any) -> None:
        self._template = _compiled(template, "")

    def __call__(self, scope: Mapping[str, Any], words: Words) -> Any:
        return _filled(self._template, scope, words)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.any_schema())


def _segment(blank: Expression, scope: Mapping[str, Any], words: Words) -> str:
    value = blank(scope, words)
    if value in (None, "", ".", ".."):
        told = f"{blank.text}: has no value for the path"
        raise ExpressionFailed(told, told)
    return quote(str(value), safe="")


def _compiled(template: Any, path: str) -> Any:
    if isinstance(template, str):
        try:
            return Expression(template)
        except ValueError as error:
            raise ValueError(f"{path or 'body'}: {error}") from error
    if isinstance(template, dict):
        return {key: _compiled(value, f"{path}.{key}".lstrip(".")) for key, value in template.items()}
    if isinstance(template, list):
        return [_compiled(value, f"{path}.{index}".lstrip(".")) for index, value in enumerate(template)]
    return template


def _filled(template: Any, scope: Mapping[str, Any], words: Words) -> Any:
    if isinstance(template, Expression):
        return template(scope, words)
    if isinstance(template, dict):
        filled = {key: _filled(value, scope, words) for key, value in template.items()}
        return {key: value for key, value in filled.items() if value is not None}
    if isinstance(template, list):
        return [_filled(value, scope, words) for value in template]
    return template
