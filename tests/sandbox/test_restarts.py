"""Killed and started again: what was answered is kept, numbering goes on, and nothing outlives its parent."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.sandbox.launch import Launch
from gateway.sandbox.network import Retailer
from gateway.sandbox.processes import SystemNotStarted, start
from tests.sandbox.calls import QUIET, SMALL, Calls, awaited

pytestmark = pytest.mark.scenario
PRODUCT = SMALL.products[0]
WORK: dict[str, tuple[str, dict[str, Any]]] = {
    "erp": ("/api/v2/sales-orders", {"your_reference": "kept", "lines": [{"item_no": PRODUCT.item_no, "qty": 1}]}),
    "wms": ("/shipments", {"orderRef": "kept", "facilityId": "WH-PAR", "lines": [{"itemCode": PRODUCT.item_no, "quantity": 1}]}),
    "pos": (
        "/v1/tasks",
        {"task": {"client_ref": "kept", "shop": "101", "kind": "ship", "lines": {"line": [{"article": PRODUCT.ean, "qty": 1}]}}},
    ),
    "atlas": ("/purchase-orders", {"po-number": "kept", "ship-to": {}, "lines": [{"ean": PRODUCT.ean, "quantity": 1}]}),
}


@pytest.mark.parametrize("code", WORK)
def test_a_killed_system_comes_back_on_its_port_with_all_it_answered_for(code: str, tmp_path: Path, client: httpx2.Client) -> None:
    path, body = WORK[code]
    with start([code], SMALL, data=tmp_path, behavior=QUIET) as running:
        system = Calls(running[code], client)
        for location in list(system.control("GET", "ledger")["stock"])[:1] if code != "erp" else []:
            system.control("POST", "stock", {"location": location, "sku": PRODUCT.item_no, "quantity": 33})
        assert system.post(path, body, headers={"Idempotency-Key": "k"}).is_success
        system.advance(2_000)
        before, pid, url = system.control("GET", "ledger"), running[code].pid, running[code].url
        running.kill(code)
        with pytest.raises(httpx2.TransportError):
            system.control("GET", "health")
        running.restart(code)
        assert running[code].pid != pid
        assert running[code].url == url
        assert system.control("GET", "ledger") == before


def test_a_key_is_still_honored_after_a_kill(tmp_path: Path, client: httpx2.Client) -> None:
    path, body = WORK["wms"]
    with start(["wms"], SMALL, data=tmp_path, behavior=QUIET) as running:
        wms = Calls(running["wms"], client)
        first = wms.post(path, body, headers={"Idempotency-Key": "k"}).json()
        running.kill("wms")
        running.restart("wms")
        again = wms.post(path, body, headers={"Idempotency-Key": "k"})
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (first, "true")
        assert len(wms.read("/shipments", orderRef="kept")["shipments"]) == 1


def test_work_that_was_under_way_goes_on_after_a_kill(tmp_path: Path, client: httpx2.Client) -> None:
    path, body = WORK["wms"]
    with start(["wms"], SMALL, data=tmp_path, behavior=QUIET) as running:
        wms = Calls(running["wms"], client)
        number = wms.post(path, body).json()["shipmentId"]
        wms.advance(40)
        running.kill("wms")
        running.restart("wms")
        assert wms.read(f"/shipments/{number}")["status"] == "PICKED"
        wms.advance(60)
        assert wms.read(f"/shipments/{number}")["status"] == "SHIPPED"


def test_a_reset_forgets_everything_and_tells_another_epoch(tmp_path: Path, client: httpx2.Client) -> None:
    with start(["wms"], SMALL, data=tmp_path, behavior=QUIET) as running:
        wms = Calls(running["wms"], client)
        wms.control("POST", "stock", {"location": "WH-PAR", "sku": PRODUCT.item_no, "quantity": 33})
        before = wms.control("GET", "health")
        assert before["sequence"] == 1
        running.restart("wms")
        assert wms.control("GET", "health")["epoch"] == before["epoch"]
        running.restart("wms", reset=True)
        after = wms.control("GET", "health")
        assert after["sequence"] == 0
        assert after["epoch"] != before["epoch"]


def test_a_line_torn_by_a_crash_is_dropped_and_the_rest_kept(tmp_path: Path, client: httpx2.Client) -> None:
    with start(["wms"], SMALL, data=tmp_path, behavior=QUIET) as running:
        wms = Calls(running["wms"], client)
        wms.control("POST", "stock", {"location": "WH-PAR", "sku": PRODUCT.item_no, "quantity": 33})
        running.kill("wms")
        with (tmp_path / "wms.journal").open("ab") as journal:
            journal.write(b'{"kind":"change","at":17')
        running.restart("wms")
        wms.control("POST", "stock", {"location": "WH-PAR", "sku": PRODUCT.item_no, "quantity": 34})
        running.kill("wms")
        running.restart("wms")
        assert wms.control("GET", f"ledger?sku={PRODUCT.item_no}&location=WH-PAR")["stock"] == {"WH-PAR": {PRODUCT.item_no: 34}}
        assert wms.control("GET", "health")["sequence"] == 2


def test_a_folder_of_another_retailer_is_refused(tmp_path: Path) -> None:
    start(["erp"], SMALL, data=tmp_path).stop()
    with pytest.raises(SystemNotStarted, match=r"erp: sandbox: .*erp\.journal was made for .*'skus': 60.* use another --data or --reset"):
        start(["erp"], Retailer(7, 61, 3), data=tmp_path)


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    with start(["erp"], SMALL, data=tmp_path), pytest.raises(SystemNotStarted, match="in use by another process"):
        start(["erp"], SMALL, data=tmp_path)


def test_a_taken_port_is_replaced_by_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with start(["erp"], SMALL, ports={"erp": port}) as running:
            assert running["erp"].port != port


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"faults": {"wms": "latency=3"}}, "unknown key latency, did you mean latency_ms?"),
        ({"behavior": {"wms": {"ship_after": 3}}}, "unknown key ship_after, did you mean ship_after_s?"),
    ],
)
def test_a_system_that_cannot_start_says_why(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SystemNotStarted) as raised:
        start(["wms"], SMALL, **options)
    assert words in str(raised.value)


def test_stopping_ends_every_process() -> None:
    running = start(["erp", "atlas"], SMALL)
    processes = [one.process for one in running.systems.values()]
    running.stop()
    running.stop()
    assert all(process.returncode is not None for process in processes)


def test_systems_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from gateway.sandbox.processes import start\n"
        "running = start(['erp', 'atlas'])\n"
        "print(*[one.pid for one in running.systems.values()], flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:  # noqa: S603 - our own program
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(_lives(pid) for pid in pids)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        awaited(lambda: not any(_lives(pid) for pid in pids))


def _lives(pid: int) -> bool:
    """Tell whether a process still runs; one that has ended and waits for its new parent does not."""
    status = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_launch_becomes_the_command_that_starts_it(tmp_path: Path) -> None:
    launch = Launch("wms", SMALL, port=80, data=tmp_path, speed=5, fault="down=true", behavior={"auto_ship": False}, with_parent=True)
    assert (
        launch.command()[1:]
        == (
            f"-m gateway.sandbox wms --port 80 --speed 5 --seed 7 --skus 60 --stores 3 --warehouses 2 --data {tmp_path} "
            "--fault down=true --behavior auto_ship=false --with-parent"
        ).split()
    )


def test_ten_thousand_skus_at_fifty_five_places_start_and_are_read_whole(client: httpx2.Client) -> None:
    with start(retailer=Retailer(1, 10_000, 50, 2)) as running:
        erp, wms, pos, atlas = (Calls(running[code], client) for code in ("erp", "wms", "pos", "atlas"))
        assert erp.read("/api/v2/items", page=50)["total_pages"] == 50
        assert len(pos.read("/v1/shops", limit=50)["shops"]["shop"]) == 50
        assert sum(len(pos.read("/v1/shops/150/stock", offset=offset)["stock"]) for offset in range(0, 10_000, 500)) == 10_000
        page = wms.read("/stock")
        rows = len(page["items"])
        while page["nextToken"] is not None:
            page = wms.read("/stock", nextToken=page["nextToken"])
            rows += len(page["items"])
        assert rows == 20_000
        assert atlas.read("/offers", offset=8_750)["total"] == 9_000
        assert len(pos.read("/v1/shops/150/stock", offset=9_500)["stock"]) == 500
