"""Reads a network file: TOML into the domain's types, everything wrong with it told at once."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gateway.domain.network import Network
from gateway.network.problems import NetworkFileInvalid, line_of
from gateway.network.references import reference_problems
from gateway.network.template import PlaceholderMissing, render
from gateway.network.values import value_problems

LARGEST_BYTES = 4 * 1024 * 1024
_NETWORK = TypeAdapter(Network)


def load(path: Path, environment: Mapping[str, str] | None = None) -> Network:
    """Return the network that a file states; raise NetworkFileInvalid with every problem found.

    `${NAME}` stands for an environment variable. Paths in the file are relative to its own folder. `[network]` holds the retailer's own
    keys; they may stand at the top as well.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NetworkFileInvalid(path, [f"cannot be read: {error.strerror or error}; name an existing file"]) from error
    return parse(content, path, os.environ if environment is None else environment)


def parse(content: bytes, path: Path, environment: Mapping[str, str]) -> Network:
    document = _document(content, path, environment)
    try:
        network = _NETWORK.validate_python(document)
    except ValidationError as error:
        problems = [line_of(finding, document) for finding in error.errors(include_url=False, include_context=True)]
        raise NetworkFileInvalid(path, list(dict.fromkeys(problems))) from error
    network = _anchored(network, path.resolve().parent)
    if problems := value_problems(network) + reference_problems(network):
        raise NetworkFileInvalid(path, problems)
    return network


def _document(content: bytes, path: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    if len(content) > LARGEST_BYTES:
        raise NetworkFileInvalid(path, [f"holds {len(content)} bytes; a network file has at most {LARGEST_BYTES}"])
    try:
        text = render(content.decode("utf-8-sig"), environment)
        document = tomllib.loads(text, parse_float=Decimal)
    except UnicodeDecodeError as error:
        raise NetworkFileInvalid(path, [f"byte {error.start} is not UTF-8; save the file as UTF-8"]) from error
    except PlaceholderMissing as error:
        problems = [f"${{{name}}} is not set; set the environment variable {name}" for name in error.names]
        raise NetworkFileInvalid(path, problems) from error
    except tomllib.TOMLDecodeError as error:
        raise NetworkFileInvalid(path, [f"is no TOML: {error}"]) from error
    own = document.pop("network", {})
    return {**document, **own} if isinstance(own, dict) else document


ANCHORED = frozenset({"files", "edi"})
"""Adapters whose options have paths, relative to `folder`."""


def _anchored(network: Network, folder: Path) -> Network:
    """Return the network with its relative paths made absolute."""
    postcodes = str(folder / network.postcode_file) if network.postcode_file else None
    sources = tuple(
        replace(source, options={"folder": str(folder), **source.options}) if source.adapter in ANCHORED else source
        for source in network.sources
    )
    carriers = tuple(replace(one, points_file=str(folder / one.points_file)) if one.points_file else one for one in network.carriers)
    return replace(network, postcode_file=postcodes, sources=sources, carriers=carriers)
