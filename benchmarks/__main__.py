"""`python -m benchmarks graph [--peers DIR] [--json FILE]`: measure what is claimed, each figure beside a peer's of the same run."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from benchmarks import graph


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", choices=["graph"])
    parser.add_argument("--peers", type=Path, default=Path("../shared/peers"), help="the folder of the peer gateways and their backends")
    parser.add_argument("--peer", default="mercurius-jit", help="which peer of load/peers.json stands beside")
    parser.add_argument("--seconds", type=float, default=6.0, help="of load per query and server and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    figures = asyncio.run(graph.run(options.peers.resolve(), options.peer, options.seconds, options.rounds, options.connections))
    print(graph.table(figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
