"""What cannot be meant is answered by a line that names it, never by a stack trace."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.demo.folder import write_ready_file
from gateway.demo.keyring import FILE, keyring
from gateway.demo.options import DemoRefused
from gateway.sandbox.processes import start
from gateway.sync_console import told
from resolvers.sync.report import SyncReport


def said(*arguments: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "gateway", *arguments],
        env={**os.environ, "COLUMNS": "200", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
        text=True,
    )
    assert "Traceback" not in done.stdout
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["demo", "--port", "99999"], {}, "--port"),
        (["demo", "--fault", "nope:down=true"], {}, "name a system (erp, wms, pos, atlas, borealis, comet)"),
        (["demo", "--ready-file", "/no/such/folder/x.json"], {}, "The ready file /no/such/folder/x.json cannot be written"),
        (["demo"], {"GATEWAY_RELAYS": "0"}, "GATEWAY_RELAYS: Input should be greater than or equal to 1"),
        (["key", "two words"], {}, "'two words' cannot name a caller"),
    ],
)
def test_a_command_that_cannot_run_names_what_is_wrong(arguments: list[str], environment: dict[str, str], words: str) -> None:
    status, text = said(*arguments, **environment)
    assert status in {1, 2}
    assert words in text


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"callers": {}, "tokens": "a", "orders": "b", "webhooks": "c"}'])
def test_keys_that_cannot_be_read_are_told_with_the_way_out(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(DemoRefused, match=r"delete .* to start anew"):
        keyring(tmp_path)


def test_a_ready_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    write_ready_file(tmp_path / "ready.json", {"keys": {}})
    assert json.loads((tmp_path / "ready.json").read_text()) == {"keys": {}}
    assert (tmp_path / "ready.json").stat().st_mode & 0o777 == 0o600


def test_a_failed_feed_is_told_with_its_reason_whatever_the_width_of_the_terminal() -> None:
    report = SyncReport("pos", "stock", error="pos: refused the connection")  # type: ignore[arg-type]
    assert list(told(report)) == ["failed: pos stock: pos: refused the connection"]


def test_articles_without_a_price_in_a_channel_s_currency_are_told_by_channel() -> None:
    report = SyncReport("erp", "catalogue", unpriced={"uk": [f"A-{n}" for n in range(7)]})  # type: ignore[arg-type, dict-item, misc]
    (line,) = told(report)
    assert line == "not sold in uk: the prices of A-0, A-1, A-2, A-3, A-4 and 2 more are in another currency than the channel's"


def test_a_system_can_be_started_again_by_its_command_where_it_was() -> None:
    with start(["erp"]) as systems:
        command = systems["erp"].command_again()
        port = systems["erp"].port
    assert command[command.index("--port") + 1] == str(port)
    assert "--with-parent" not in command
