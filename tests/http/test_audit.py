"""The 61 audits of GraphQL over HTTP, by their own suite, where Node and the suite lie beside the project."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.http.shop import KEY

AUDIT = Path(__file__).parents[3] / "shared" / "checks" / "http-audit"
NODE, NPM = shutil.which("node"), shutil.which("npm")


async def output(*command: str, folder: Path) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    async with asyncio.timeout(120):
        told, _ = await process.communicate()
    return process.returncode, told.decode()


@pytest.mark.data
@pytest.mark.skipif(not (NODE and NPM), reason="needs Node and npm")
@pytest.mark.skipif(not AUDIT.is_dir(), reason="needs the folder ../shared/checks/http-audit")
async def test_all_audits_of_graphql_over_http_pass(address: str, tmp_path: Path) -> None:
    for file in AUDIT.iterdir():
        shutil.copyfile(file, tmp_path / file.name)
    installed, told = await output(NPM or "", "install", "--no-audit", "--no-fund", folder=tmp_path)
    if installed != 0:
        pytest.skip(f"npm cannot install the suite here: {told[-200:]}")
    header = ("--header", f"authorization: Bearer {KEY}")
    ceilings = ("--max-warn", "0", "--max-notice", "0")
    failed, told = await output(NODE or "", "audit.mjs", f"http://{address}/graphql", *ceilings, *header, folder=tmp_path)
    assert (failed, told.splitlines()[-1]) == (0, "total=61 ok=61 notice(MAY)=0 warn(SHOULD)=0 error(MUST)=0"), told
