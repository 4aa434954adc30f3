"""Names by small numbers, so that a figure of half a million positions holds no text."""

from collections.abc import Iterator
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=str)


class Names(Generic[Name]):
    def __init__(self) -> None:
        self._number_by_name: dict[Name, int] = {}
        self.texts: list[Name] = []

    def number(self, name: Name) -> int:
        """Return the name's number; a new name gets the next one."""
        number = self._number_by_name.get(name)
        if number is None:
            number = self._number_by_name[name] = len(self.texts)
            self.texts.append(name)
        return number

    def known(self, name: Name) -> int | None:
        return self._number_by_name.get(name)

    def __getitem__(self, number: int) -> Name:
        return self.texts[number]

    def __iter__(self) -> Iterator[Name]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)
