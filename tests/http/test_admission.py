"""Under overload the less urgent is turned away at once and told when to come back; the urgent goes first; nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
import pytest

from gateway.domain.urgency import Urgency
from gateway.http.admission import Admission, AdmissionBounds, LoopLag
from gateway.http.errors import RequestRefused
from gateway.http.gate import Limits
from tests.http.conftest import caller, served
from tests.http.shop import KEY, graph
from tests.http.test_websocket import peer

FIELDS = {"shoe": Urgency.STOCK, "who": Urgency.STATUS, "buy": Urgency.PLACE, "hangs": Urgency.PLACE, "forever": Urgency.STATUS}
ASKED = {"{ hello }": Urgency.SEARCH, '{ shoe(by: {sku: "A"}) { sku } }': Urgency.STOCK, "{ who }": Urgency.STATUS}


@dataclass
class Late:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def admission(late: Late | None = None, **bounds: float) -> Admission:
    return Admission(AdmissionBounds(**bounds), FIELDS, lag_s=late or Late())  # type: ignore[arg-type]


@pytest.mark.parametrize(("late_s", "kept"), [(0.0, 5), (0.1, 5), (0.11, 4), (0.21, 3), (0.41, 2), (0.81, 1), (1.61, 0)])
def test_the_later_the_loop_the_more_urgent_a_request_must_be(late_s: float, kept: int) -> None:
    door = admission(Late(late_s))
    refused = sorted(Urgency)[: len(Urgency) - kept]
    for urgency in sorted(Urgency)[len(refused) :]:
        door.check(urgency)
    for urgency in refused:
        with pytest.raises(RequestRefused) as refusal:
            door.check(urgency)
        assert (refusal.value.status, refusal.value.errors[0].extensions) == (503, {"code": "THROTTLED"} | told_wait(refusal.value))
    assert sum(door.turned_away.values()) == len(Urgency) - kept


def told_wait(refusal: RequestRefused) -> dict[str, int]:
    told = (refusal.errors[0].extensions or {})["retryAfterMs"]
    assert 1000 <= told <= 1000 * int(refusal.headers["retry-after"]) <= 3000
    return {"retryAfterMs": told}


async def test_what_is_refused_for_want_of_time_is_told_when_to_come_back_and_nothing_of_it_is_read() -> None:
    late = Late(0.15)
    app = graph(admission=admission(late))
    async with caller(app) as client:
        refused = await client.post("/graphql", json={"query": "{ hello }"})
        assert refused.status_code == 503
        (error,) = refused.json()["errors"]
        assert error["extensions"]["code"] == "THROTTLED"
        assert 1000 <= error["extensions"]["retryAfterMs"] <= 3000
        assert 1 <= int(refused.headers["retry-after"]) <= 3
        assert (app.documents.hits, app.documents.misses) == (0, 0)
        for query in ('{ shoe(by: {sku: "A"}) { sku } }', "mutation { buy }"):
            assert (await client.post("/graphql", json={"query": query})).status_code == 200
        assert (await client.get("/graphql", params={"query": "{ hello }"})).status_code == 503
        late.seconds = 0
        assert (await client.post("/graphql", json={"query": "{ hello }"})).status_code == 200


@pytest.mark.parametrize(
    ("query", "urgency"),
    [
        ("{ hello }", Urgency.SEARCH),
        ("{ who }", Urgency.STATUS),
        ("{ who hello }", Urgency.SEARCH),
        ("{ who __typename }", Urgency.STATUS),
        ("{ __schema { types { name } } }", Urgency.SEARCH),
        ("query { ... on Query { who } ...F } fragment F on Query { hello }", Urgency.SEARCH),
        ("query { ...F ...F } fragment F on Query { who ...G } fragment G on Query { who }", Urgency.STATUS),
        ("mutation { buy }", Urgency.PLACE),
    ],
)
def test_an_operation_is_as_urgent_as_its_least_urgent_root_field(query: str, urgency: Urgency) -> None:
    app, door = graph(), admission()
    document = app.documents.document(query)
    assert door.of_operation(document.roots_of(document.operation(None))) is urgency


@pytest.mark.parametrize("trick", ["{ hello } # buy", "query buy { hello }", "{ buy: hello }"])
async def test_urgent_words_in_what_is_not_urgent_get_nobody_in(trick: str) -> None:
    late = Late(0.15)
    async with caller(graph(admission=admission(late))) as client:
        assert (await client.post("/graphql", json={"query": trick})).status_code == 503


@asynccontextmanager
async def busy(client: httpx2.AsyncClient, app: object, times: int) -> AsyncIterator[list["asyncio.Task[httpx2.Response]"]]:
    hanging = [asyncio.create_task(client.post("/graphql", json={"query": "{ hangs }"})) for _ in range(times)]
    async with asyncio.timeout(20):
        while app.admission.inside < times:  # type: ignore[attr-defined] # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.001)
    try:
        yield hanging
    finally:
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)


async def test_no_more_run_at_once_than_may_and_the_rest_is_refused_not_kept_hanging() -> None:
    app = graph(admission=admission(most=2, delay_s=0.001))
    async with caller(app) as client:
        async with busy(client, app, 2):
            refused = await asyncio.gather(*(client.post("/graphql", json={"query": query}) for query in (*ASKED, "mutation { buy }")))
            assert {answer.status_code for answer in refused} == {503}
        assert app.admission.inside == 0
        assert (await client.post("/graphql", json={"query": "{ hello }"})).status_code == 200


async def test_the_less_urgent_leave_room_and_those_who_wait_come_in_by_urgency() -> None:
    door = admission(most=10, delay_s=20)
    assert [door.bounds.room(urgency) for urgency in sorted(Urgency)] == [6, 7, 8, 9, 10]
    door = admission(most=1, delay_s=20, share_step=0)
    order: list[Urgency] = []
    done = asyncio.Event()

    async def operation(urgency: Urgency) -> None:
        async with door.room_for(urgency):
            order.append(urgency)
            await done.wait()

    running = asyncio.create_task(operation(Urgency.SEARCH))
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(operation(urgency)) for urgency in (Urgency.SEARCH, Urgency.STATUS, Urgency.PLACE, Urgency.STOCK)]
    await asyncio.sleep(0)
    done.set()
    await asyncio.gather(running, *waiting)
    assert order == [Urgency.SEARCH, Urgency.PLACE, Urgency.STATUS, Urgency.STOCK, Urgency.SEARCH]


async def test_operations_on_sockets_and_streams_meet_the_same_door() -> None:
    late = Late(0.15)
    async with served(graph(admission=admission(late))) as address, peer(address) as client:
        await client.subscribe("a", "{ hello }")
        told = await client.next()
        assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "THROTTLED")
        await client.subscribe("b", "mutation { buy }")
        assert (await client.next())["payload"] == {"data": {"buy": "bought"}}
        assert (await client.next())["type"] == "complete"
        await client.subscribe("c", "subscription { count }")
        assert (await client.next())["type"] == "error"
        headers = {"authorization": f"Bearer {KEY}", "accept": "text/event-stream"}
        async with httpx2.AsyncClient(base_url=f"http://{address}", headers=headers) as streaming:
            late.seconds = 0.3
            answer = await streaming.post("/graphql", json={"query": "query { who } # buy"})
            assert "THROTTLED" not in answer.text
            answer = await streaming.post("/graphql", json={"query": "query buy { hello }"})
            assert "THROTTLED" in answer.text


async def test_sockets_and_streams_are_counted_and_bounded() -> None:
    app = graph(admission=admission(streams=1))
    async with served(app) as address:
        async with peer(address):
            assert app.admission.streams == 1
            async with peer(address, signed_in=False) as second:
                assert await second.end() == (1013, "Try again later")
            headers = {"authorization": f"Bearer {KEY}", "accept": "text/event-stream"}
            async with httpx2.AsyncClient(base_url=f"http://{address}", headers=headers) as client:
                answer = await client.post("/graphql", json={"query": "subscription { forever }"})
                assert (answer.status_code, answer.headers["retry-after"].isdigit()) == (503, True)
        async with asyncio.timeout(20):
            while app.admission.streams:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)


async def test_a_loop_that_is_late_again_and_again_is_seen_one_long_step_is_not() -> None:
    lag = LoopLag()
    lag.start()
    await asyncio.sleep(0)
    lag._late_s.extend([0.0, 0.0, 0.9])
    assert lag.seconds == 0.0
    lag._late_s.extend([0.5, 0.7])
    assert lag.seconds == 0.5
    lag.stop()
    async with asyncio.timeout(20):
        while lag._ticking is not None:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    assert lag.seconds == 0.0


async def test_whoever_gives_up_gives_its_room_back() -> None:
    app = graph(Limits(read_budget_s=0.01, budget_grace_s=0.01), admission=admission(most=1))
    async with caller(app) as client:
        assert (await client.post("/graphql", json={"query": "{ hangs }"})).status_code == 503
        assert app.admission.inside == 0
