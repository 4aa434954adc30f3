"""Where feeds stand, in MongoDB; a process decodes a state again only when its document has changed."""

from collections.abc import Sequence

from motor.motor_asyncio import AsyncIOMotorDatabase

from adapters.mongo.codec import dump, load
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.ids import SourceCode
from gateway.ports.stores import FeedState


def feed_id(source: SourceCode, name: str) -> str:
    return f"{source}|{name}"


class MongoFeedStore:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds | None = None) -> None:
        self._feeds, self._bounds = database["feeds"], bounds or Bounds()
        self._decoded: dict[str, tuple[Document, FeedState]] = {}

    async def feeds(self) -> Sequence[FeedState]:
        documents = await repeated(lambda: self._feeds.find().sort("_id").to_list(None), self._bounds)
        return [self._state(document) for document in documents]

    async def feed(self, source: SourceCode, name: str) -> FeedState:
        document = await repeated(lambda: self._feeds.find_one({"_id": feed_id(source, name)}), self._bounds)
        return self._state(document) if document else FeedState(source, name)

    async def save(self, state: FeedState) -> None:
        name = feed_id(state.source, state.name)
        document = {"_id": name, "state": dump(state)}
        await repeated(lambda: self._feeds.replace_one({"_id": name}, document, upsert=True), self._bounds)

    def _state(self, document: Document) -> FeedState:
        known = self._decoded.get(document["_id"])
        if known is None or known[0] != document:
            known = (document, load(FeedState, document["state"]))
            self._decoded[document["_id"]] = known
        return known[1]
