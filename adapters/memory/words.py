"""Which products have a word that begins so: a sorted vocabulary with the products of each word."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from sys import maxunicode

LAST = chr(maxunicode)
BREAKS = re.compile(r"[^0-9a-z]+")


def folded(text: str) -> str:
    """Return a text as it is compared: without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def words(text: str) -> set[str]:
    """Return the words of a text, whole ("t-shirt") and in their parts ("t", "shirt")."""
    whole = {word.strip(".,;:!?()\"'") for word in folded(text).split()}
    parts = {part for word in whole for part in BREAKS.split(word)}
    return (whole | parts) - {""}


class Words:
    def __init__(self) -> None:
        self._skus_by_word: dict[str, set[str]] = {}
        self._sorted: list[str] | None = None

    def add(self, sku: str, told: Iterable[str]) -> None:
        for word in told:
            if word not in self._skus_by_word:
                self._skus_by_word[word] = set()
                self._sorted = None
            self._skus_by_word[word].add(sku)

    def remove(self, sku: str, told: Iterable[str]) -> None:
        for word in told:
            self._skus_by_word[word].discard(sku)
            if not self._skus_by_word[word]:
                del self._skus_by_word[word]
                self._sorted = None

    def having_all(self, search: str) -> set[str]:
        """Return the skus of which every word of the search begins a word; none for a search without words."""
        found: set[str] | None = None
        for word in folded(search).split():
            having = self.having(word)
            found = having if found is None else found & having
            if not found:
                break
        return found or set()

    def having(self, word: str) -> set[str]:
        """Return the skus with a word that begins so; one with a hyphen may also be found by its parts."""
        found = self._beginning(word)
        parts = [part for part in BREAKS.split(word) if part]
        if len(parts) > 1:
            found |= set.intersection(*(self._beginning(part) for part in parts))
        return found

    def _beginning(self, prefix: str) -> set[str]:
        if self._sorted is None:
            self._sorted = sorted(self._skus_by_word)
        first, last = bisect_left(self._sorted, prefix), bisect_left(self._sorted, prefix + LAST)
        return set().union(*(self._skus_by_word[word] for word in self._sorted[first:last]))
