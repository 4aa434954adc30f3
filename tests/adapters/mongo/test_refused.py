"""Documents that the server refuses: while primaries change they are written again, and no error quotes what they hold of a person."""

import traceback
from collections.abc import Sequence
from typing import Any

import pytest
from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError

from adapters.mongo.bulk import BulkRefused, insert_new, inserted, write_each
from adapters.mongo.combining import Combining
from adapters.mongo.grouped_inserts import GroupedInserts
from adapters.mongo.writes import Bounds
from gateway.domain.errors import Unavailable

PERSON = {"_id": "R1", "name": "Ana Roy"}
TOO_LARGE = 17280
SHORT = Bounds(patience_s=0.1)


class Primaries:
    """Stands for a collection whose server refuses documents with these codes, one after the other, as pymongo tells it."""

    name = "personal"

    def __init__(self, *codes: int) -> None:
        self.codes, self.asked = list(codes), 0

    def insert_many(self, documents: Sequence[dict[str, Any]], *, ordered: bool) -> Any:
        return self._told(documents)

    def bulk_write(self, writes: Sequence[ReplaceOne[dict[str, Any]]], *, ordered: bool) -> Any:
        return self._told([PERSON])

    async def _told(self, documents: Sequence[dict[str, Any]]) -> Any:
        self.asked += 1
        if self.codes:
            refused = {"index": 0, "code": self.codes.pop(0), "errmsg": f"refused {documents[0]}", "op": documents[0]}
            raise BulkWriteError({"writeErrors": [refused], "writeConcernErrors": [], "nInserted": 0})
        return type("Result", (), {"matched_count": 1})()


class Clock:
    async def now_ms(self) -> int:
        return 1


@pytest.mark.parametrize("code", [91, 133, 189, 10107])
async def test_documents_refused_while_primaries_change_are_written_again(code: int) -> None:
    server: Any = Primaries(code, code, code)
    told = await GroupedInserts(server, Clock(), Bounds(), Combining()).insert(lambda _now: PERSON)  # type: ignore[arg-type]
    assert (told.fresh, server.asked) == (True, 4)
    for write in (lambda on: insert_new(on, [PERSON], Bounds()), lambda on: write_each(on, [ReplaceOne({}, PERSON)], Bounds())):
        server = Primaries(code)
        assert await write(server)
        assert server.asked == 2


async def test_no_error_of_a_refused_document_quotes_it() -> None:
    server: Any = Primaries(*[TOO_LARGE] * 9)
    with pytest.raises(BulkRefused) as refused:
        await GroupedInserts(server, Clock(), SHORT, Combining(most=1)).insert(lambda _now: PERSON)  # type: ignore[arg-type]
    assert refused.value.code == TOO_LARGE
    for write in (lambda on: insert_new(on, [PERSON], SHORT), lambda on: write_each(on, [ReplaceOne({}, PERSON)], SHORT)):
        for code in (TOO_LARGE, 189):
            server = Primaries(*[code] * 50)
            with pytest.raises(Unavailable) as away:
                await write(server)
            refused_anew = "".join(traceback.format_exception(away.value))
            assert "Ana Roy" not in refused_anew
    assert "Ana Roy" not in "".join(traceback.format_exception(refused.value))


async def test_what_is_there_already_is_told_by_its_place() -> None:
    server: Any = Primaries(11000)
    assert await inserted(server, [PERSON]) == {0}
