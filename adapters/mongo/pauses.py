"""Words of places on whether they take work, in MongoDB: a document for each place of which there ever was one."""

from collections.abc import Sequence

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from adapters.mongo.codec import dump, load
from adapters.mongo.writes import Bounds, Document, repeated
from gateway.domain.pauses import Pause


class MongoPauses:
    def __init__(self, database: AsyncIOMotorDatabase[Document], bounds: Bounds | None = None) -> None:
        self._pauses, self._bounds = database["pauses"], bounds or Bounds()

    async def pauses(self) -> Sequence[Pause]:
        documents = await repeated(lambda: self._pauses.find().to_list(None), self._bounds)
        return [load(Pause, document["pause"]) for document in documents]

    async def write(self, pause: Pause) -> bool:
        """One that is repeated after a lost answer is told False; the word that stands names its request."""
        document = {"_id": pause.location, "v": pause.v, "pause": dump(pause)}

        async def call() -> bool:
            if pause.v > 1:
                return (await self._pauses.replace_one({"_id": pause.location, "v": pause.v - 1}, document)).matched_count == 1
            try:
                await self._pauses.insert_one(document)
            except DuplicateKeyError:
                return False
            return True

        return await repeated(call, self._bounds)
