"""One history: what happens at a shelf and between us and its owner, told to us late, doubled and shuffled, and judged by our own code."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random

from adapters.memory.stated import Rules, unstated
from adapters.rest.gaps import without_gap
from gateway.domain import shortfall
from gateway.domain.claims import carrying, stock_meaning
from gateway.domain.claims.documents import Claim, OrderDoc, StockDoc, rid_of_mid
from gateway.domain.claims.figures import Reach
from gateway.domain.claims.meaning import Times
from gateway.domain.claims.steps import Ack, GiveBack, PullUndo, Settle, StockStep, Take, Withhold
from gateway.domain.feeds import Batch, Item, StockDelta
from gateway.domain.ids import LocationCode, SourceCode, StockKey
from gateway.ports.ledger import Difference, Statement
from tests.campaigns.shelves import DELTA_MS, Fact, Numbered, Sold, Timed, coming_back, safe, taken_by

KEY, SOURCE, PLACE = StockKey("A|S"), SourceCode("s"), LocationCode("S")
TIMES = Times()
BEGIN_MS = 1_750_000_000_000
SLOW, HURRIED = (5_000, 30_000), (100,)
TEMPERS = (
    ("sale sale receipt claim claim send send take take take part cancel refuse miss snapshot snapshot poll poll push file restore", SLOW),
    ("sale sale claim claim send send take take restore restore snapshot poll", SLOW),
    ("sale claim send miss poll poll poll push file", SLOW),
    ("receipt claim send take snapshot snapshot", HURRIED),
    ("claim claim claim claim claim send send take take snapshot snapshot cancel cancel", SLOW),
)
"""What happens in a history, each as often as it is named, and within how many ms the next thing does."""
Deliver = Callable[[], None]


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


@dataclass
class History:
    """`script` says what happens, `post` in which order word of it reaches us."""

    kind: str
    script: Random
    post: Random
    now: int = BEGIN_MS
    claims: list[Sold] = field(default_factory=list)
    deadlines: dict[str, int] = field(default_factory=dict)
    waiting: list[tuple[str, Deliver]] = field(default_factory=list)
    fired: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    cursor: int = 0
    wrong: list[str] = field(default_factory=list)
    file_before: int | None = None

    def __post_init__(self) -> None:
        start = self.script.randint(4, 12)
        self.numbered = Numbered(start) if self.kind == "numbered" else None
        self.timed = Timed(start, self.script.choice((-20_000, 0, 20_000))) if self.numbered is None else None
        self.doc: StockDoc = unstated(KEY, SOURCE)
        self.place: tuple[int, int] = (0, 0)
        self.sync_ms, self.events = 0, set[str]()
        self.feed = self.script.choice(("deltas", "snapshots"))
        self.quiet = self.timed is not None and self.feed == "deltas" and self.script.random() < 0.5
        words, paces = self.script.choice(TEMPERS)
        self.temper = words.split()
        self.promptness = self.script.choice((0.3, 0.5, 0.8))
        self.pace_ms = self.script.choice(paces)
        self.very_late: list[Deliver] = []
        self.seen = {1}
        self.tell_snapshot()
        self.waiting.pop()[1]()

    @property
    def shelf(self) -> "Numbered | Timed":
        found = self.numbered or self.timed
        assert found is not None
        return found

    # --- what is known, and what may be sold by it

    @property
    def known(self) -> list[Fact]:
        if self.numbered:
            return self.numbered.known(*self.place)
        assert self.timed
        return [fact for fact in self.timed.facts if fact.place <= self.sync_ms or fact.event in self.events]

    def check(self, what: str) -> None:
        self.steps += 1
        most = safe(self.shelf.start, self.known, self.claims)
        if self.doc.free > most:
            self.wrong.append(f"unsafe after {what}: {self.doc.free} can be sold, at most {most} may")
        if self.doc.free + sum(marker.q for marker in self.doc.markers.values()) != self.doc.q:
            self.wrong.append(f"free and markers do not add up after {what}")
        sent = {sold.mid for sold in self.claims if sold.sent and not sold.over and not sold.lost}
        missing = shortfall.missing_units(self.doc, sent, self.now, self.now)
        if missing and most + coming_back(self.known, self.claims) >= 0:
            self.wrong.append(f"a shortfall of {missing} after {what} that is none")

    # --- our own side

    def rules(self) -> Rules:
        return Rules(SOURCE, self.timed is not None, self.now, TIMES)

    def step(self, step: StockStep) -> bool:
        after = stock_meaning.after_stock_step(self.doc, step, self.now, TIMES)
        self.doc = after or self.doc
        return after is not None

    def subtracted(self) -> set[str]:
        return {mid for mid, marker in self.doc.markers.items() if marker.q}

    def undo(self, claim: Claim) -> None:
        """Carry out what an order has given up."""
        for step in carrying.undo(OrderDoc(rid_of_mid(claim.mid), "", "PLACED", undo=(claim,))):
            if not isinstance(step, PullUndo):
                assert isinstance(step, Withhold | GiveBack)
                self.step(step)

    def claim_of(self, sold: Sold, since: int | None = None) -> Claim:
        return Claim(sold.mid, KEY, sold.units, dl=self.deadlines[sold.mid], lost=since)

    def do_claim(self) -> None:
        units = self.script.randint(1, 3)
        mid = f"r{len(self.claims)}_1_1"
        self.deadlines[mid] = self.now + TIMES.deadline_ms
        sold = Sold(mid, units)
        if self.step(Take(self.claim_of(sold), None)):
            self.claims.append(sold)
            self.step(Settle(self.claim_of(sold), None))
            self.send_word("late take", lambda: self.step(Take(self.claim_of(sold), None)))

    def do_send(self) -> None:
        for sold in self.open_claims(sent=False)[:1]:
            sold.sent = True

    def open_claims(self, *, sent: bool) -> list[Sold]:
        return [one for one in self.claims if not one.leaving and one.sent == sent]

    def untaken(self) -> list[Sold]:
        return [one for one in self.open_claims(sent=True) if self.taken(one.mid) < one.units]

    def taken(self, mid: str) -> int:
        facts = self.numbered.facts[self.numbered.epoch] if self.numbered else self.timed.facts if self.timed else []
        return -sum(fact.change for fact in facts if fact.mid == mid)

    # --- the source's side

    def happen(self, change: int, mid: str | None = None, fixes: str | None = None, lag: int = 0) -> Fact:
        fact = self.shelf.happen(change, self.now + lag, mid, fixes)
        if self.timed and self.feed == "deltas":
            self.send_word("delta", lambda: self.hear_delta(fact))
        return fact

    def lag(self) -> int:
        """Return how long after its word a source that only times does what it says: less than δ."""
        return self.script.randrange(DELTA_MS) if self.timed else 0

    def do_sale(self) -> None:
        self.happen(-self.script.randint(1, 2))

    def do_receipt(self) -> None:
        self.happen(self.script.randint(1, 4))

    def do_take(self) -> None:
        """The source takes all that it has not taken of a claim, and says so."""
        for sold in self.untaken()[:1]:
            fact = self.happen(-(sold.units - self.taken(sold.mid)), sold.mid, lag=self.lag())
            self.acknowledge(sold, fact)

    def do_part(self) -> None:
        for sold in self.untaken()[:1]:
            if sold.units - self.taken(sold.mid) > 1:
                self.fired["part"] += 1
                self.happen(-1, sold.mid)

    def acknowledge(self, sold: Sold, fact: Fact) -> None:
        named = self.numbered is not None and self.script.random() < 0.7
        epoch = str(self.numbered.epoch) if self.numbered else ""

        def heard() -> None:
            if not named:
                self.step(Withhold(self.claim_of(sold, self.now + DELTA_MS), found=True, epoch=epoch))
            elif (
                int(epoch) in self.seen or int(epoch) > self.place[0]
            ):  # else nobody can tell that this numbering is over: it is asked again
                self.step(Ack(KEY, sold.mid, fact.place, epoch))

        if self.quiet:
            return
        self.send_word("acknowledgement" if named else "word without a place", heard)
        if named:
            self.very_late.append(heard)

    def do_cancel(self) -> None:
        """The source lets a claim go; what it had taken of it comes back to its number."""
        for sold in self.open_claims(sent=True)[:1]:
            self.let_go(sold, "cancellation")

    def do_refuse(self) -> None:
        for sold in self.untaken()[:1]:
            self.let_go(sold, "refusal")

    def let_go(self, sold: Sold, word: str) -> None:
        if self.timed and self.taken(sold.mid):
            return  # what has left a shop's shelf comes back as a return
        if taken := self.taken(sold.mid):
            self.happen(taken, sold.mid)

        def heard() -> None:
            sold.kept |= sold.mid in self.subtracted()
            if word == "cancellation":
                self.undo(replace(self.claim_of(sold, self.now + DELTA_MS), let_go=True))
            else:
                self.undo(self.claim_of(sold))
            sold.over = True

        self.send_word(word, heard)
        sold.leaving = True

    def do_miss(self) -> None:
        """The source does not find a claim's units: it says so, and puts its number right within δ, or never."""
        for sold in self.open_claims(sent=True)[:1]:
            if self.taken(sold.mid) and self.timed:
                return
            sold.leaving = True

            def heard(sold: Sold = sold) -> None:
                self.undo(self.claim_of(sold, self.now + DELTA_MS))
                sold.lost = True
                sold.restated_from = sold.restated_from or self.now + DELTA_MS

            self.send_word("not found", heard)
            missing = sold.units - self.taken(sold.mid)
            if missing and self.script.random() < 0.5:
                self.happen(-missing, fixes=sold.mid, lag=self.lag())

    # --- what it tells

    def send_word(self, what: str, deliver: Deliver) -> None:
        self.waiting.append((what, deliver))

    def do_snapshot(self) -> None:
        self.tell_snapshot()

    def tell_snapshot(self, *, asked: bool = True) -> None:
        begun = moment(self.now) if asked else None
        if self.numbered:
            epoch, place, number = self.numbered.epoch, self.numbered.place, self.numbered.number
            row = Statement(KEY, number, 0, place, moment(self.now), str(epoch), begun)
            self.send_word("snapshot", lambda: self.hear_numbered(row, epoch))
        elif self.timed:
            at = self.now + self.timed.ahead_ms
            order = self.now if asked else 0
            row = Statement(KEY, self.timed.number_at(self.now), 0, order, moment(at), "", begun)
            self.send_word("snapshot", lambda: self.hear_timed(row, at))

    def do_push(self) -> None:
        self.fired["push"] += 1
        self.tell_snapshot(asked=False)

    def do_file(self) -> None:
        """A file of a source that only times: it holds what was there when it was begun, and is dated when it was finished."""
        if self.timed is None or self.feed == "deltas":
            return
        self.fired["file"] += 1
        number, content = self.timed.number_at(self.now), self.now + self.timed.ahead_ms
        self.now += self.script.randrange(DELTA_MS)
        before, self.file_before = self.file_before, self.now
        order = before or 0
        row = Statement(KEY, number, 0, order, moment(content), "", moment(before) if before else None)
        self.send_word("file", lambda: self.hear_timed(row, content))

    def hear_numbered(self, row: Statement, epoch: int) -> None:
        """Take a figure in. One that came unasked, in a numbering that is not known, only says that there is something to be asked for."""
        if row.begun_at is None and epoch != self.place[0]:
            self.fired["push of an unknown epoch"] += 1
            if self.post.random() < 0.5:
                self.tell_snapshot()
            return
        self.state(row)
        self.come_to(epoch, row.order)

    def hear_timed(self, row: Statement, at: int) -> None:
        self.state(row)
        self.sync_ms = max(self.sync_ms, at)

    def state(self, row: Statement) -> None:
        self.doc = self.rules().with_statement(self.doc, row).after or self.doc
        begun_ms = int(row.begun_at.timestamp() * 1000) if row.begun_at else 0
        for sold in self.claims:
            sold.restated |= sold.restated_from is not None and sold.restated_from <= begun_ms

    def hear_delta(self, fact: Fact) -> None:
        if self.timed and fact.place > self.now + self.timed.ahead_ms:
            self.send_word("delta", lambda: self.hear_delta(fact))  # it has not happened yet
            return
        told = Difference(KEY, fact.event, fact.change, moment(fact.place), None, fact.mid, "")
        self.doc = self.rules().with_difference(self.doc, told).after or self.doc
        self.events.add(fact.event)

    def do_poll(self) -> None:
        """Ask a numbering source what changed since the cursor; now and then a row of it is missing."""
        if self.numbered is None or self.feed == "snapshots" or self.place[0] != self.numbered.epoch:
            self.tell_snapshot()
            return
        since, epoch, end, begun = self.cursor, self.numbered.epoch, self.numbered.place, self.now
        facts = [fact for fact in self.numbered.facts[epoch] if since < fact.place <= end]
        if len(facts) > 1 and self.script.random() < 0.3:
            self.fired["gap"] += 1
            facts.pop(self.script.randrange(len(facts)))
        self.script.shuffle(facts)
        self.send_word("changes", lambda: self.hear_changes(facts, since, epoch, end, begun))

    def hear_changes(self, facts: list[Fact], since: int, epoch: int, end: int, begun: int) -> None:
        item = Item(sku="A")
        rows = tuple(StockDelta(fact.event, PLACE, item, fact.change, moment(self.now), fact.place, fact.mid) for fact in facts)
        batch: Batch[StockDelta] = Batch(rows, epoch=str(epoch), sequence=end)
        cut = without_gap(batch, since)
        whole = cut is batch and {fact.place for fact in facts} == set(range(since + 1, end + 1))
        for row in sorted(cut.rows, key=lambda one: one.sequence or 0):
            told = Difference(KEY, row.event, row.change, row.at, row.sequence, row.reference, str(epoch))
            self.doc = self.rules().with_difference(self.doc, told).after or self.doc
            if epoch == self.place[0]:
                self.come_to(epoch, row.sequence or 0)
        if whole:
            self.doc = self.rules().with_pass(self.doc, Reach(end, str(epoch), begun)) or self.doc
            if self.place[0] == epoch:
                self.come_to(epoch, end)
                self.cursor = max(self.cursor, end)

    def come_to(self, epoch: int, place: int) -> None:
        """Note how far we know the source; what its number counted before it was restored stays counted."""
        if epoch > self.place[0]:
            before = taken_by(self.known) if self.place[0] else Counter[str]()
            for sold in self.claims:
                sold.counted = max(sold.counted, before[sold.mid])
            self.cursor = place
            self.seen.add(epoch)
        self.place = max(self.place, (epoch, place))

    def do_restore(self) -> None:
        """The source is restored from a backup; from then on it is asked for every open order."""
        if self.numbered is None or self.numbered.epoch > 2 or self.script.random() < 0.5:
            return
        self.fired["restore"] += 1
        self.numbered.restore(self.script.randint(0, 4))
        self.ask_again()

    def ask_again(self) -> None:
        """Tell of every open claim once more where the source has it in its number, at the place of the new numbering."""
        assert self.numbered
        for sold in self.open_claims(sent=True):
            if self.taken(sold.mid) >= sold.units:
                last = max(fact.place for fact in self.numbered.facts[self.numbered.epoch] if fact.mid == sold.mid)
                self.acknowledge_at(sold, last)

    def acknowledge_at(self, sold: Sold, place: int) -> None:
        assert self.numbered
        epoch = str(self.numbered.epoch)
        self.send_word("acknowledgement", lambda: self.step(Ack(KEY, sold.mid, place, epoch)))

    # --- the course of things

    def run(self, length: int) -> "History":
        for _ in range(length):
            self.now += self.script.randrange(1, self.pace_ms)
            getattr(self, f"do_{self.script.choice(self.temper)}")()
            self.check("our own step")
            while self.waiting and self.post.random() < self.promptness:
                self.deliver_one()
        self.rest()
        return self

    def arrive(self, *, snapshot: bool = True) -> None:
        """Let all that was said arrive, long after it was said."""
        self.now += 2 * DELTA_MS
        if snapshot:
            self.tell_snapshot()
        while self.waiting:
            self.deliver_one()

    def deliver_one(self) -> None:
        index = self.post.randrange(len(self.waiting))
        what, deliver = self.waiting.pop(index)
        self.fired["late"] += index > 0
        before = self.subtracted()
        deliver()
        for sold in self.claims:
            sold.kept &= what == "cancellation" or sold.mid not in before - self.subtracted()
        self.fired[f"told: {what}"] += 1
        if self.post.random() < (0.25 if what != "late take" else 0.7):
            self.fired["doubled"] += 1
            self.waiting.append((what, deliver))
        self.check(what)

    def rest(self) -> None:
        """Let every word arrive, then ask once more: what can be sold is what is there, to the unit."""
        self.arrive()
        self.now += 1
        for sold in self.untaken():
            if self.taken(sold.mid) or (self.numbered and self.numbered.epoch > 1):
                self.acknowledge(sold, self.happen(self.taken(sold.mid) - sold.units, sold.mid))
        if self.numbered and self.numbered.epoch > 1:
            self.ask_again()
        self.arrive(snapshot=False)
        for deliver in self.very_late if self.numbered and self.numbered.epoch > 1 else ():
            deliver()
        self.now += 2 * DELTA_MS
        if self.timed and self.feed == "snapshots":
            self.do_file()
            self.now += 2 * DELTA_MS
        self.tell_snapshot()
        self.waiting.pop()[1]()
        self.check("the last snapshot")
        most = safe(self.shelf.start, self.known, self.claims)
        if self.doc.free != most:
            self.wrong.append(f"inexact at rest: {self.doc.free} can be sold, {most} are there")
