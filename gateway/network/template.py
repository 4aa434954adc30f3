"""Placeholders of a network file: `${NAME}` and `${NAME:-otherwise}`, filled from the environment or by the demo."""

import json
import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


class PlaceholderMissing(ValueError):
    """Placeholders that nothing fills; `names` in the order in which they stand."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(f"nothing fills {', '.join(names)}")
        self.names = names


def render(template: str, values: Mapping[str, str]) -> str:
    """Return the text with its placeholders filled; lines that are comments stay as they are. Raise PlaceholderMissing."""
    missing = [name for name, otherwise in placeholders(template).items() if name not in values and otherwise is None]
    if missing:
        raise PlaceholderMissing(tuple(missing))
    return "".join(_filled(line, values) for line in template.splitlines(keepends=True))


def placeholders(template: str) -> dict[str, str | None]:
    """Return the placeholders of a text with what stands for them when nothing fills them."""
    lines = [line for line in template.splitlines() if not line.lstrip().startswith("#")]
    return {found[1]: found[2] for line in lines for found in _PLACEHOLDER.finditer(line)}


def _filled(line: str, values: Mapping[str, str]) -> str:
    if line.lstrip().startswith("#"):
        return line
    return _PLACEHOLDER.sub(lambda found: _quoted(values.get(found[1], found[2] or "")), line)


def _quoted(value: str) -> str:
    """Return a value as it stands inside a TOML string in double quotes."""
    return json.dumps(value, ensure_ascii=False)[1:-1]
