"""Folded markers as a stock document holds them: texts of some hundred claims, named by what they say, and the units of all in one sum.

Claims of which their source said the same stand together. A text is replaced as a whole, by whoever saw it under its name.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from adapters.mongo.bulk import parts
from gateway.domain.claims.documents import Marker

Document = dict[str, Any]
MOST_IN_TEXT = 500
"""Claims of one text: what has to be read and written to unfold one of them."""


def texts_of(markers: Mapping[str, Marker]) -> dict[str, str]:
    return {name_of(text): text for part in parts(sorted(markers.items()), MOST_IN_TEXT) for text in [text_of(dict(part))]}


def text_of(markers: Mapping[str, Marker]) -> str:
    claims_by_word: dict[tuple[int | None, str, int | None], dict[str, list[int]]] = {}
    for mid, marker in markers.items():
        claims_by_word.setdefault((marker.k, marker.epoch, marker.asked), {})[mid] = [marker.q, marker.dl]
    return orjson.dumps([[*word, claims] for word, claims in claims_by_word.items()]).decode()


def name_of(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def markers_in(texts: Mapping[str, str]) -> dict[str, Marker]:
    return {
        mid: Marker(q, dl, ok=True, k=k, epoch=epoch, asked=asked, folded=True)
        for text in texts.values()
        for k, epoch, asked, claims in orjson.loads(text)
        for mid, (q, dl) in claims.items()
    }


def fold_fields(markers: Mapping[str, Marker]) -> Document:
    """Return what stands for markers in a document; nothing where there are none."""
    return {"folds": texts_of(markers), "folded": sum(marker.q for marker in markers.values())} if markers else {}


def texts_about(mid: str) -> Document:
    """Return the expression of the texts (at most one, as `k` and `v`) that tell of a claim."""
    every = {"$objectToArray": {"$ifNull": ["$folds", {}]}}
    return {"$filter": {"input": every, "as": "e", "cond": {"$gte": [{"$indexOfBytes": ["$$e.v", f'"{mid}"']}, 0]}}}


def is_not_folded(mid: str) -> Document:
    return {"$eq": [texts_about(mid), []]}
