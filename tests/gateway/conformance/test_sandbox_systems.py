"""The kit on the sandbox's systems, over sockets: each is found to be what its network file says, and a wrong word is found out."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.rest.source import build
from adapters.transport.calls import Limits
from gateway.conformance.findings import Report
from gateway.conformance.subject import Bounds
from gateway.domain.network import Source
from gateway.sandbox.network import Retailer
from gateway.sandbox.processes import start
from tests.support.kit import failed, report_on
from tests.support.sandbox_sources import QUIET, SandboxSources, WallClock

pytestmark = pytest.mark.scenario
SYSTEMS = ("erp", "wms", "pos", "atlas")


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxSources]:
    with start(SYSTEMS, Retailer(sku_count=40, store_count=3), behavior=QUIET) as sandbox:
        sources = SandboxSources(sandbox)
        yield sources
        sources.close()


@pytest.fixture
async def retailer(running: SandboxSources) -> AsyncIterator[SandboxSources]:
    running.heal()
    yield running
    running.heal()


async def report_of(
    retailer: SandboxSources, code: str, stamp: str, limits: Limits | None = None, patience_s: float = 1.0, **words: Any
) -> Report:
    """Return what the kit finds of a system, of which the network file may say something else."""
    network = retailer.network
    stated = next(source for source in network.sources if source.code == code)
    source: Source = replace(stated, **words)
    built = build(source, network, WallClock(), environment=retailer.environment, limits=limits)
    bounds = Bounds(patience_s, look_every_s=0.1, most_refused=0, sample=25, slack_s=5)
    try:
        return await report_on(network, source, built, bounds, stamp)
    finally:
        await built.close()


@pytest.mark.parametrize(("code", "seen"), [("erp", "B"), ("wms", "A"), ("pos", "A"), ("atlas", None)])
async def test_a_system_is_what_its_network_file_says(retailer: SandboxSources, code: str, seen: str | None) -> None:
    before = len(retailer.taken(code))
    report = await report_of(retailer, code, f"good-{code}")
    assert failed(report) == {}
    assert not report.left
    assert [one.measured["observed"] for one in report.findings if one.about == "class" and "observed" in one.measured] == [seen] * bool(
        seen
    )
    taken = retailer.taken(code)[before:]
    assert taken
    assert len({one["reference"] for one in taken}) == len(taken)


async def test_figures_that_stand_are_not_what_can_be_sold(retailer: SandboxSources) -> None:
    report = await report_of(retailer, "pos", "meaning", states="AVAILABLE", settle_delay=retailer.network.sources[0].settle_delay * 0)
    assert "and the figure stood" in failed(report)["one unit taken, and what its figure does"]


async def test_figures_that_fall_are_not_what_lies_there(retailer: SandboxSources) -> None:
    report = await report_of(retailer, "atlas", "falls", states="ON_HAND", patience_s=30)
    assert "and the figure fell by it" in failed(report)["one unit taken, and what its figure does"]


async def test_a_system_that_takes_the_same_key_twice_is_not_of_class_a(retailer: SandboxSources) -> None:
    report = await report_of(retailer, "atlas", "twice", hand_over="A")
    assert failed(report)["the same message again under its key"].startswith("the first answer named ATL-")


async def test_a_system_that_cannot_be_asked_is_not_of_class_b(retailer: SandboxSources) -> None:
    network = retailer.network
    stated = next(source for source in network.sources if source.code == "erp")
    order = {name: value for name, value in stated.options["hand_over"]["order"].items() if name != "find"}
    options = {**stated.options, "hand_over": {**stated.options["hand_over"], "order": order}}
    report = await report_of(retailer, "erp", "unasked", options=options, hand_over="C")
    assert failed(report) == {}
    assert [one.measured.get("can_be_asked") for one in report.findings if one.asked == "a reference that was never sent"] == ["no"]


async def test_a_system_that_never_answers_fails_in_time(retailer: SandboxSources) -> None:
    retailer.put("wms", "faults", timeout_rate=1)
    report = await report_of(retailer, "wms", "silent", Limits(read_timeout_s=0.3, feed_timeout_s=0.3, mutation_timeout_s=0.3))
    assert failed(report)["all of it, in parts"].startswith("SourceTimeout")
    assert report.counts()["PASSED"] <= 2


async def test_garbage_is_told_as_what_it_is(retailer: SandboxSources) -> None:
    retailer.put("wms", "faults", garbage_rate=1)
    report = await report_of(retailer, "wms", "garbage")
    assert failed(report)["all of it, in parts"].startswith("SourceGarbage")
