"""The page on the network file lists every key, as the types have it; the files in docs/networks can be read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.built import BuiltPorts
from adapters.edi.source import build as build_edi
from adapters.files.source import build as build_files
from adapters.rest.source import build as build_rest
from adapters.tryton.source import build as build_tryton
from gateway.network.file import load
from gateway.network.template import placeholders, render
from tests.support.network_reference import DOCUMENT, document
from tests.support.sandbox_sources import WallClock, environment

BUILDS: dict[str, Callable[..., BuiltPorts]] = {"rest": build_rest, "files": build_files, "edi": build_edi, "tryton": build_tryton}
NETWORKS = Path(__file__).resolve().parents[2] / "docs" / "networks"


def test_the_page_says_what_the_types_say() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document() + "\n"


@pytest.mark.parametrize("name", ["sandbox.toml", "real.toml", "peers.toml", "edi.toml", "vendure.toml", "tryton.toml"])
async def test_a_network_file_of_the_docs_is_whole(name: str, tmp_path: Path) -> None:
    (tmp_path / "geo").mkdir()
    (tmp_path / "geo" / "laposte_hexasmal.csv").touch()
    filled = environment() | {"DATA_FOLDER": str(tmp_path), "FILL_FOLDER": str(tmp_path), "SUPPLIER_URL": "http://127.0.0.1:9"}
    (tmp_path / "known_hosts").touch()
    filled |= {"MAILBOX_HOST": "127.0.0.1", "MAILBOX_PORT": "9", "MAILBOX_USER": "shop", "MAILBOX_PASSWORD": "none"}
    filled |= {"KNOWN_HOSTS": str(tmp_path / "known_hosts"), "CATALOGUE_FOLDER": str(tmp_path)}
    filled |= {"VENDURE_URL": "http://127.0.0.1:9", "VENDURE_TOKEN": "token"}
    filled |= {"TRYTON_URL": "http://127.0.0.1:9", "TRYTON_KEY": "key", "TRYTON_PASSWORD": "none"}
    network = load(NETWORKS / name, filled)
    for source in network.sources:
        built = BUILDS[source.adapter](source, network, WallClock(), environment=filled)
        await built.close()


def test_a_template_is_filled_and_its_comments_are_left_alone() -> None:
    template = '# ${COMMENT}\nurl = "${URL}"\nport = "${PORT:-80}"\n'
    assert placeholders(template) == {"URL": None, "PORT": "80"}
    assert render(template, {"URL": 'http://x/"a"'}) == '# ${COMMENT}\nurl = "http://x/\\"a\\""\nport = "80"\n'
    with pytest.raises(ValueError, match="nothing fills URL"):
        render(template, {})
