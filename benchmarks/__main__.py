"""`python -m benchmarks {graph|reservations} [--json FILE]`: measure what is claimed, each figure beside its peers' of the same run."""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import graph, reservations


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    kinds = parser.add_subparsers(dest="what", required=True)
    pages = kinds.add_parser("graph", help="pages of a storefront, beside a peer gateway")
    pages.add_argument("--peers", type=Path, default=Path("../shared/peers"), help="the folder of the peer gateways and their backends")
    pages.add_argument("--peer", default="mercurius-jit", help="which peer of load/peers.json stands beside")
    pages.add_argument("--seconds", type=float, default=6.0, help="of load per query and server and round")
    pages.add_argument("--rounds", type=int, default=3)
    pages.add_argument("--connections", type=int, default=16)
    holds = kinds.add_parser("reservations", help="holds of many buyers at once, beside other ways to reserve")
    holds.add_argument("--buyers", type=int, default=1_000, help="of the hot sku; half as many of the others")
    holds.add_argument("--at-once", type=int, default=200, help="buyers that are served at the same time")
    for kind in (pages, holds):
        kind.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    figures = asyncio.run(measured(options))
    print(reservations.table(figures) if options.what == "reservations" else graph.table(figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return 0


async def measured(options: argparse.Namespace) -> dict[str, Any]:
    if options.what == "reservations":
        return await reservations.run(options.buyers, options.at_once)
    return await graph.run(options.peers.resolve(), options.peer, options.seconds, options.rounds, options.connections)


if __name__ == "__main__":
    sys.exit(main())
