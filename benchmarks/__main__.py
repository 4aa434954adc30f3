"""`python -m benchmarks {graph|reservations|sourcing|promises} [--json FILE]`: measures what is claimed, beside its peers."""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import graph, past_orders, promises, reservations, sourcing


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
    plans = kinds.add_parser("sourcing", help="plans of baskets, beside a solver of integer programs")
    plans.add_argument("--problems", type=int, default=300, help="baskets of each size")
    plans.add_argument("--beside", type=int, default=5, help="how many of them the solver of integer programs solves too")
    plans.add_argument("--problem", type=Path, help="solve this facility problem instead")
    plans.add_argument("--past", type=int, nargs="+", metavar="ORDERS", help="compare so many past orders under two profiles instead")
    plans.add_argument("--processes", type=int, help="that compare past orders at once")
    plans.add_argument("--seconds", type=float, default=300.0, help="after which a solver gives up on it")
    quotes = kinds.add_parser("promises", help="delivery promises over many places, beside the engine without its memory")
    quotes.add_argument("--questions", type=int, default=300, help="of each kind")
    quotes.add_argument("--places", type=int, default=500)
    for kind in (pages, holds, plans, quotes):
        kind.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    figures = asyncio.run(measured(options))
    print(shown(options, figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return 0


def shown(options: argparse.Namespace, figures: dict[str, Any]) -> str:
    if options.what == "promises":
        return promises.table(figures)
    if options.what == "sourcing":
        return sourcing.told(figures) if options.problem else past_orders.table(figures) if options.past else sourcing.table(figures)
    return reservations.table(figures) if options.what == "reservations" else graph.table(figures)


async def measured(options: argparse.Namespace) -> dict[str, Any]:
    if options.what == "promises":
        return promises.run(options.questions, options.places, lambda line: print(line, file=sys.stderr))
    if options.what == "sourcing" and options.problem:
        return sourcing.solved(options.problem, options.seconds)
    if options.what == "sourcing" and options.past:
        return past_orders.run(options.past, options.processes, lambda line: print(line, file=sys.stderr))
    if options.what == "sourcing":
        return sourcing.run(options.problems, options.beside, lambda line: print(line, file=sys.stderr))
    if options.what == "reservations":
        return await reservations.run(options.buyers, options.at_once, lambda line: print(line, file=sys.stderr))
    return await graph.run(options.peers.resolve(), options.peer, options.seconds, options.rounds, options.connections)


if __name__ == "__main__":
    sys.exit(main())
