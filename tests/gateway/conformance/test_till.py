"""The source that docs/write-an-adapter.md builds passes the kit; whatever is wrong with it is found, by the right question."""

import os
import sqlite3
import subprocess
import sys
import types
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from adapters.built import BuiltPorts
from gateway.conformance.findings import Finding, Report, read, told
from gateway.conformance.running import QUESTIONS, examined
from gateway.conformance.subject import Bounds, Subject
from gateway.domain.network import Network, Source
from gateway.network.file import load
from gateway.wiring import ports
from tests.support.adapter_page import files, laid_out
from tests.support.kit import report_on
from tests.support.sandbox_sources import WallClock

BOUNDS = Bounds(patience_s=0.3, look_every_s=0.02, most_refused=0.05, sample=25, slack_s=2.0)
Change = tuple[str, str, str]
"""A file of the page, and what in it is replaced by what."""


def opened(folder: Path, changes: Sequence[Change] = ()) -> tuple[Network, Source, BuiltPorts]:
    """Return the page's source after it was changed."""
    environment = laid_out(folder)
    for name, before, after in changes:
        text = (folder / name).read_text(encoding="utf-8")
        assert before in text
        (folder / name).write_text(text.replace(before, after), encoding="utf-8")
    till = types.ModuleType("till")
    exec(compile((folder / "till.py").read_text(encoding="utf-8"), "till.py", "exec"), till.__dict__)  # noqa: S102 - the page's own code
    network = load(folder / "network.toml", environment)
    return network, network.sources[0], till.build(network.sources[0], network, WallClock())


async def report_of(folder: Path, changes: Sequence[Change] = (), *, writes: bool = True) -> Report:
    network, source, built = opened(folder, changes)
    return await report_on(network, source, built, BOUNDS, "test", writes=writes)


def named(report: Report, asked: str) -> Finding:
    return next(one for one in report.findings if one.asked == asked)


async def test_the_page_builds_a_source_that_passes(tmp_path: Path) -> None:
    report = await report_of(tmp_path)
    assert [f"{one.asked}: {one.seen}" for one in report.failed] == []
    assert report.counts()["PASSED"] >= 21
    assert not report.left
    assert named(report, "one unit taken, and what its figure does").measured["observed"] == "AVAILABLE"
    assert named(report, "whether all that moved is told").outcome == "PASSED"


async def test_without_leave_nothing_is_written(tmp_path: Path) -> None:
    report = await report_of(tmp_path, writes=False)
    assert not report.failed
    assert named(report, "one unit, under a reference of the kit").outcome == "NOT TRIED"
    assert named(report, "one unit taken, and what its figure does").seen.endswith("say --writes where that does no harm")


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    finding = Finding("reads", "stock", "all", "3 positions", "PASSED", {"rows": 3})
    report = Report("till", "Corner shop", "POS", "till:build", {"states": "AVAILABLE"}, True, (finding,), ("one task",))
    assert read(orjson.loads(orjson.dumps(told(report)))) == report


WRONG: dict[str, tuple[Change, str]] = {
    "a snapshot that tells positions twice": (
        (
            "till.py",
            'yield await self._figures("", ())\n',
            'yield await self._figures("", ())\n        yield await self._figures("", ())\n',
        ),
        "all of it, in parts",
    ),
    "live reads that count otherwise": (
        (
            "till.py",
            'return await self._figures(f"WHERE level.sku IN',
            'return await self._figures(f"JOIN article USING (sku) WHERE 1 = 2 AND level.sku IN',
        ),
        "some articles, against the snapshot",
    ),
    "an error of a library's own": (
        (
            "till.py",
            "skus = [item.sku for item in items if item.sku]",
            "skus = [item.sku for item in items if len(item.sku) < 100 or 1 / 0]",
        ),
        "names that it does not know, and garbage",
    ),
    "a name that finds everything": (
        ("till.py", "tuple(skus))\n", 'tuple(skus)) if skus[0] != "NO-SUCH" else await self._figures("", ())\n'),
        "names that it does not know, and garbage",
    ),
    "a cursor that lies ahead of its figures": (
        ("till.py", "cursor=str(max(newest, after))", "cursor=str(max(newest, after) + 5)"),
        "whether all that moved is told",
    ),
    "figures without the numbers that it claims": (
        ("till.py", "sequence=newest)", "sequence=None)"),
        "two passes: numbers or times, as declared, never go back",
    ),
    "a key that is not honored": (
        ("till.py", "        if known:\n", "        message = replace(message, key=f'{message.key}{now}')\n        if False:\n"),
        "the same message again under its key",
    ),
    "a key that is honored whatever stands under it": (
        ("till.py", 'if known["body"] != body:', "if False:"),
        "",
    ),
    "numbers that mean something else": (
        ("network.toml", 'states = "AVAILABLE"', 'states = "ON_HAND"'),
        "one unit taken, and what its figure does",
    ),
    "a question that it cannot answer": (
        (
            "till.py",
            'return Receipt(str(row["no"]), datetime.fromisoformat(row["at"]), row["change_no"]) if row else None',
            "return Receipt('1', self._till.clock.now())",
        ),
        "a reference that was never sent",
    ),
    "a till that takes nothing": (
        ("till.py", 'return message.kind in {"STORE_TASK", "CANCEL"}', "return False"),
        "what work it takes",
    ),
    "calls that ignore their time": (
        ("till.py", "left_s = remaining_s()", "left_s = None if remaining_s() is None else await asyncio.sleep(2.5)"),
        "reads with hardly any time: given up in time",
    ),
}


@pytest.mark.parametrize("wrong", [name for name, (_, asked) in WRONG.items() if asked])
async def test_what_is_wrong_is_found_by_its_question(wrong: str, tmp_path: Path) -> None:
    change, asked = WRONG[wrong]
    report = await report_of(tmp_path, [change, ("till.py", "import asyncio\n", "import asyncio\nfrom dataclasses import replace\n")])
    assert asked in [one.asked for one in report.failed], [f"{one.asked}: {one.seen}" for one in report.failed]


async def test_a_second_body_under_a_key_may_be_answered_with_the_first(tmp_path: Path) -> None:
    """Other systems do; it is no second order."""
    report = await report_of(tmp_path, [WRONG["a key that is honored whatever stands under it"][0]])
    assert not report.failed


async def test_an_outage_fails_every_question_that_asks_and_none_is_left_out(tmp_path: Path) -> None:
    report = await report_of(tmp_path, [("till.py", "?mode=rw", ".gone?mode=rw")])
    assert len(report.findings) == len(QUESTIONS)
    assert {"all of it, in parts", "a reference that was never sent"} <= {one.asked for one in report.failed} | {
        one.asked for one in report.findings if one.outcome == "NOT TRIED"
    }
    assert report.counts()["PASSED"] <= 3


async def test_work_that_cannot_be_taken_back_is_named(tmp_path: Path) -> None:
    report = await report_of(tmp_path, [("till.py", '{"STORE_TASK", "CANCEL"}', '{"STORE_TASK"}')])
    assert report.left
    assert all(line.startswith("STORE_TASK KIT-test-") for line in report.left)


async def test_what_is_broken_off_takes_its_work_back(tmp_path: Path) -> None:
    network, source, built = opened(tmp_path)
    clock = WallClock()
    subject = Subject(network, source, ports(source, network, built, clock), clock, BOUNDS, True, "test")

    def done(finding: Finding) -> None:
        if finding.about == "receipt":
            assert subject.sent
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await examined(subject, lambda _: None, done)
    assert not subject.sent
    assert not subject.left
    with sqlite3.connect(tmp_path / "till.db") as database:
        assert database.execute("SELECT DISTINCT state FROM task").fetchall() == [("CANCELED",)]
    database.close()


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "gateway", "conformance", "till", "--network", str(folder / "network.toml"), "--patience", "1", *arguments],
        env={**os.environ, "COLUMNS": "200", "GATEWAY_CONFORMANCE_SLACK_S": "30", **environment},
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


def test_the_command_shows_keeps_and_exits_by_what_it_found(tmp_path: Path) -> None:
    environment = laid_out(tmp_path)
    kept = tmp_path / "till.json"
    good = run(tmp_path, "--writes", "--json", str(kept), **environment)
    assert good.returncode == 0, good.stderr
    assert " 0 failed" in good.stderr
    assert read(orjson.loads(kept.read_bytes())).source == "till"
    text = (
        (tmp_path / "network.toml")
        .read_text(encoding="utf-8")
        .replace('ordered_by = "SEQUENCE"', 'ordered_by = "SEQUENCE"\nfresh_for = 0.000001')
    )
    (tmp_path / "network.toml").write_text(text, encoding="utf-8")
    stale = run(tmp_path, **environment)
    assert stale.returncode == 1, stale.stderr
    assert "FAILED stock: how old its figures are when they are read" in stale.stderr


def test_an_adapter_that_cannot_be_imported_is_named_with_the_remedy(tmp_path: Path) -> None:
    environment = laid_out(tmp_path)
    told_of = run(tmp_path, **{**environment, "PYTHONPATH": ""})
    assert told_of.returncode == 1
    assert "sources.till.adapter: till:build cannot be imported" in told_of.stderr
    assert "Traceback" not in told_of.stderr


def test_the_page_names_only_files_that_it_makes() -> None:
    assert set(files()) == {"shop.sql", "network.toml", "till.py"}
