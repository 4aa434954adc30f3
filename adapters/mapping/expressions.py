"""Expressions of a mapping: JMESPath, compiled when the configuration is read."""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError
from jmespath.parser import Parser
from jmespath.visitor import TreeInterpreter
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from adapters.mapping.functions import Functions

_PLAIN = re.compile(r'^(?:[A-Za-z_]\w*|"[^"\\]+")(?:\.(?:[A-Za-z_]\w*|"[^"\\]+"))*$')
_PART = re.compile(r'[A-Za-z_]\w*|"[^"\\]+"')
_LITERAL = re.compile(r"^'([^'\\]*)'$")
_KNOWN_FUNCTIONS = frozenset(Functions.FUNCTION_TABLE)


class ExpressionFailed(ValueError):
    """An expression that cannot be worked out on this data; the message says which and why, `bare` without any value of the data."""

    def __init__(self, message: str, bare: str) -> None:
        super().__init__(message)
        self.bare = bare


class Words:
    """What expressions of one source may use: the functions, with that source's tables of codes."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.interpreter = TreeInterpreter(jmespath.Options(custom_functions=Functions(tables or {})))


class Expression:
    """One compiled expression. Plain paths (`a.b`) and text in quotes are looked up directly, which is many times faster."""

    __slots__ = ("_literal", "_parsed", "_path", "text")

    def __init__(self, text: str) -> None:
        """Raise ValueError for text that is no expression or calls an unknown function."""
        self.text = text
        literal = _LITERAL.match(text)
        self._literal = literal[1] if literal else None
        self._path = tuple(part.strip('"') for part in _PART.findall(text)) if _PLAIN.match(text) else None
        try:
            self._parsed = Parser().parse(text).parsed
        except JMESPathError as error:
            raise ValueError(f"{text!r} is no JMESPath expression: {str(error).splitlines()[0]}") from error
        for name in _functions(self._parsed):
            if name not in _KNOWN_FUNCTIONS:
                close = difflib.get_close_matches(name, _KNOWN_FUNCTIONS, n=1)
                raise ValueError(f"{text!r} calls {name}(), which does not exist" + (f"; did you mean {close[0]!r}?" if close else ""))

    def __call__(self, data: Any, words: Words) -> Any:
        """Return the value on `data`, None where it has none; raise ExpressionFailed."""
        if self._literal is not None:
            return self._literal
        if self._path is not None:
            for part in self._path:
                data = data.get(part) if isinstance(data, dict) else None
            return data
        try:
            return words.interpreter.visit(self._parsed, data)
        except (JMESPathError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> ExpressionFailed:
        """Return the failure in our words: the library's quote the value whole."""
        if isinstance(error, JMESPathTypeError):
            why = f"{error.function_name}() takes {' or '.join(error.expected_types)}, not {error.actual_type}"
            return ExpressionFailed(f"{self.text}: {why}", f"{self.text}: {why}")
        bare = f"{self.text}: cannot be worked out on what it is given"
        if isinstance(error, JMESPathError):
            return ExpressionFailed(bare, bare)
        return ExpressionFailed(f"{self.text}: {str(error).splitlines()[0]}", bare)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(strict=True))


def _functions(node: Mapping[str, Any]) -> Iterator[str]:
    if node["type"] == "function_expression":
        yield node["value"]
    for child in node.get("children", ()):
        if isinstance(child, dict):
            yield from _functions(child)
