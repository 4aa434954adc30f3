"""The embedded database starts, moves, ends with its parent, and says clearly why it cannot start."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pymongo
import pytest

from adapters.mongo import embedded
from adapters.mongo.embedded import DataFolderCorrupt, DataFolderLocked, DataFolderUnusable, EmbeddedDatabase, ExtraNotInstalled


def written(uri: str) -> list[dict[str, object]]:
    with pymongo.MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=5_000) as client:
        client.shop.things.insert_one({"_id": str(client.shop.things.count_documents({}))})
        return list(client.shop.things.find())


def test_it_answers_and_started_again_finds_its_data(tmp_path: Path) -> None:
    with EmbeddedDatabase(tmp_path) as server:
        assert written(server.uri) == [{"_id": "0"}]
    with EmbeddedDatabase(tmp_path) as server:
        assert written(server.uri) == [{"_id": "0"}, {"_id": "1"}]


def test_a_taken_port_is_left_for_a_free_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with EmbeddedDatabase(tmp_path, port) as server:
            assert (server.moved, server.port == port) == (True, False)


def test_a_folder_in_use_is_told(tmp_path: Path) -> None:
    with EmbeddedDatabase(tmp_path), pytest.raises(DataFolderLocked, match="in use by another process"):
        EmbeddedDatabase(tmp_path).start()


def test_a_damaged_folder_is_told(tmp_path: Path) -> None:
    for name in ("WiredTiger", "WiredTiger.wt", "WiredTiger.turtle"):
        (tmp_path / name).write_text("garbage")
    with pytest.raises(DataFolderCorrupt, match="damaged"):
        EmbeddedDatabase(tmp_path).start()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderUnusable, match="cannot be used"):
        EmbeddedDatabase(tmp_path / "file" / "data").start()


def test_a_missing_extra_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "COMMAND", "no-such-command")
    with pytest.raises(ExtraNotInstalled, match=r"\[embedded\]"):
        EmbeddedDatabase(tmp_path).start()


START_AND_WAIT = "import sys, time; from pathlib import Path; from adapters.mongo.embedded import EmbeddedDatabase as E; "
START_AND_WAIT += "s = E(Path(sys.argv[1])).start(); print(s.pid, flush=True); time.sleep(60)"


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", START_AND_WAIT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:  # noqa: S603 - our own command
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()
    assert gone(pid)


LEASH = str(Path(embedded.__file__).with_name("leash.py"))
STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: open(sys.argv[1] + "/asked", "a").write("x"))
open(sys.argv[1] + "/pid", "w").write(str(os.getpid()))
time.sleep(60)
"""


SHORT_LEASH = (
    "import runpy, sys; told = runpy.run_path(sys.argv[1]); told['main'].__globals__['END_S'] = 1.0; sys.exit(told['main'](sys.argv[2:]))"
)


def test_a_command_is_asked_to_end_once_and_killed_when_it_does_not(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SHORT_LEASH, LEASH, sys.executable, "-c", STUBBORN, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as attendant:  # noqa: S603 - our own command
        assert attendant.stdin
        assert eventually_told(tmp_path / "pid")
        for _ in range(3):
            attendant.terminate()
        attendant.stdin.close()
        assert attendant.wait(20) == 256 - signal.SIGKILL
    assert (tmp_path / "asked").read_text() == "x"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_killed_leash_takes_the_server_with_it(tmp_path: Path) -> None:
    command = [sys.executable, LEASH, sys.executable, "-c", STUBBORN, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as attendant:  # noqa: S603 - our own command
        assert eventually_told(tmp_path / "pid")
        attendant.kill()
    assert gone(int((tmp_path / "pid").read_text()))


def eventually_told(path: Path) -> bool:
    for _ in range(500):
        if path.exists() and path.read_text():
            return True
        time.sleep(0.01)
    return False


def gone(pid: int) -> bool:
    for _ in range(1_000):
        state = Path(f"/proc/{pid}/stat")
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.01)
    return False
