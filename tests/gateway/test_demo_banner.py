"""What the demo prints once it answers, and what it leaves for other shells."""

import io
import shlex
import stat
import subprocess
from pathlib import Path

from rich.console import Console

from gateway.demo.banner import print_banner
from gateway.demo.folder import write_environment

KEYS = {kind: f"{kind}.secret" for kind in ("storefront", "clienteling", "partner", "supplier", "operator")}


def test_the_demo_prints_an_address_that_opens_graphiql_signed_in() -> None:
    told = io.StringIO()
    sources = {"erp": {"url": "http://127.0.0.1:4001"}}
    print_banner(
        Console(file=told, width=40), "http://127.0.0.1:4000/graphql", KEYS, sources, "SHIRT-1", ". there && doctor --network here"
    )
    assert "  http://127.0.0.1:4000/graphql#key=operator.secret\n" in told.getvalue()
    assert "  . there && doctor --network here\n" in told.getvalue()


def test_a_shell_takes_the_demos_variables_as_they_are(tmp_path: Path) -> None:
    variables = {"MONGODB_URI": "mongodb://127.0.0.1:1/?a=b&c=d", "GATEWAY_ORDER_KEY": "it's $HOME `here`"}
    write_environment(tmp_path, {"MONGODB_URI": "of an earlier run"})
    file = write_environment(tmp_path, variables)
    script = f'. {shlex.quote(str(file))} && printf "%s\\n%s" "$MONGODB_URI" "$GATEWAY_ORDER_KEY"'
    told = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True).stdout  # noqa: S603 - the shell that is asked
    assert told.split("\n") == list(variables.values())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
