"""What must be true of every message, by the systems' own books beside ours."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.mongo.stock_documents import stock_of
from gateway.domain.ids import Rid, SourceCode
from gateway.domain.network import HandOverClass
from gateway.domain.ordering.owed import GIVING
from gateway.domain.outbox import OutboxEntry
from gateway.domain.outbox_line import next_in_line
from gateway.ports.order_book import HandOverQuery, Outbox, Record
from gateway.wiring import Running
from tests.campaigns.campaign import Findings
from tests.campaigns.reckoning import out_of_sequence
from tests.support.sandbox_sources import SandboxSources

SYSTEMS = ("erp", "wms", "pos", "atlas", "borealis", "comet")
CHUNK = 200


@dataclass(frozen=True, slots=True)
class Books:
    """Our orders, and how often each system has taken each of our references."""

    records: Mapping[Rid, Record]
    taken: Mapping[SourceCode, Counter[str]]
    canceled: frozenset[str]
    """References of work that its system has canceled."""
    classes: Mapping[SourceCode, HandOverClass | None]

    def effects(self, record: Record, entry: OutboxEntry) -> int:
        return self.taken[entry.source][reference(record, entry)]


async def read(running: Running, rids: Sequence[Rid], sources: SandboxSources) -> Books:
    records: dict[Rid, Record] = {}
    for begin in range(0, len(rids), CHUNK):
        records |= await running.world.orders.records(rids[begin : begin + CHUNK])
    ours = {name for record in records.values() for entry in record.outbox for name in (reference(record, entry),)}
    works = {SourceCode(code): [work for work in sources.taken(code) if work["reference"] in ours] for code in SYSTEMS}
    return Books(
        records,
        {code: Counter(work["reference"] for work in found) for code, found in works.items()},
        frozenset(work["reference"] for found in works.values() for work in found if work["status"].lower() == "canceled"),
        {source.code: source.hand_over for source in running.world.network.sources},
    )


async def under_way(outbox: Outbox) -> list[OutboxEntry]:
    """Return the messages whose turn it is at their systems."""
    found: list[OutboxEntry] = []
    after, more = None, True
    while more:
        page = await outbox.entries(HandOverQuery(states=("WAITING", "SENDING")), CHUNK, after)
        found += [entry for record in page.records for entry, _ in next_in_line(record.outbox)]
        after, more = page.end, page.more
    return found


def reference(record: Record, entry: OutboxEntry) -> str:
    """Return what the source knows a message's work by."""
    return (record.order.number if record.order else "") if entry.leg == "order" else entry.leg


def has_arrived(books: Books, record: Record, entry: OutboxEntry) -> bool:
    """Tell by the system's own books whether a message is there."""
    name = reference(record, entry).partition(":")[0]
    return name in books.canceled if entry.kind == "CANCEL" else bool(books.taken[entry.source][name])


def gives_work(entry: OutboxEntry) -> bool:
    return entry.kind in GIVING


def check_books(books: Books, findings: Findings) -> None:
    for record in books.records.values():
        check_owed(record, findings)
        for passed in out_of_sequence(record.outbox):
            findings.check(holds=False, violation=passed)
        for entry in record.outbox:
            if gives_work(entry):
                check_effects(books, record, entry, findings)
    check_strangers(books, findings)


def check_owed(record: Record, findings: Findings) -> None:
    """Every order and every piece of its work is owed to its system by one message."""
    order = record.order
    if order is None:
        findings.check(False, f"{record.rid} is no order any more")
        return
    legs = Counter(entry.leg for entry in record.outbox if gives_work(entry))
    works = Counter(["order", *(work.number for work in order.fulfillments)])
    findings.check(legs == works, f"{order.number} owes {dict(legs)} and should owe {dict(works)}")
    keys = [entry.key for entry in record.outbox]
    findings.check(len(keys) == len(set(keys)), f"{order.number} has a key twice: {keys}")


def check_effects(books: Books, record: Record, entry: OutboxEntry, findings: Findings) -> None:
    """I7: never more than once; exactly once where it is acknowledged; classes A and B leave nothing to a person."""
    effects, hand_over = books.effects(record, entry), books.classes[entry.source]
    told = f"{entry.source} ({hand_over}) has {reference(record, entry)} {effects} times; the message is {entry.state}"
    findings.check(effects <= 1, told)
    findings.check(entry.state != "ACKNOWLEDGED" or effects == 1, told)
    findings.check(entry.state in {"ACKNOWLEDGED", "DROPPED"} or hand_over == "C", told)
    findings.check(entry.state != "PARKED" or entry.reference is None, told)


def check_strangers(books: Books, findings: Findings) -> None:
    """No system has anything that no message gave it."""
    owed = {(entry.source, reference(record, entry)) for record in books.records.values() for entry in record.outbox}
    for source, taken in books.taken.items():
        for name in taken:
            findings.check((source, name) in owed, f"{source} has {name}, which nobody gave it")


async def check_ledger(running: Running, findings: Findings) -> None:
    """I2 of every position; I4: no change is open and nothing is left to undo; every marker with units is that of a claim."""
    holding = set[str]()
    async for document in running.database["stock"].find({"q": {"$exists": True}}):
        stock = stock_of(document)
        held = sum(marker.q for marker in stock.markers.values())
        findings.check(stock.free + held == stock.q, f"{stock.key}: {stock.free} free and {held} held are not {stock.q}")
        holding |= {mid for mid, marker in stock.markers.items() if marker.q and not marker.waits}
    claimed = {
        claim["mid"] async for order in running.database["orders"].find({"st": "PLACED"}, {"claims": 1}) for claim in order["claims"]
    }
    findings.check(holding <= claimed, f"markers of no claim: {sorted(holding - claimed)[:5]}")
    findings.check(not await open_changes(running), "changes are open or left to undo")


async def open_changes(running: Running) -> list[str]:
    """Return orders that a change, an undo or a settlement is left of."""
    left = {"$or": [{"change": {"$ne": None}}, {"undo": {"$ne": []}}]}
    return [order["_id"] async for order in running.database["orders"].find(left, {"_id": 1})]


def tally(books: Books, hand_over: HandOverClass, findings: Findings) -> None:
    for record in books.records.values():
        for entry in record.outbox:
            findings.counts[f"{hand_over}: messages owed"] += 1
            findings.counts[f"{hand_over}: {entry.state.lower()}"] += 1
            findings.counts[f"{hand_over}: attempts"] += entry.attempts
