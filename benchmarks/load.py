"""A closed loop of HTTP requests in a process of its own: each connection sends its next request when the last is answered.

    python -m benchmarks.load URL BODIES_FILE CONNECTIONS SECONDS [HEADER ...]

BODIES_FILE holds a JSON body per line. Prints one line of JSON: requests, errors, seconds, p50_ms, p99_ms. A request counts as an error
when its status is not 200 or its body holds "errors".
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bool:
    """Send one request and read its answer; return whether it was a good one."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    body = await reader.readexactly(length)
    return head.startswith(b"HTTP/1.1 200") and b'"errors"' not in body


async def connection(host: str, port: int, requests: list[bytes], first: int, until: float) -> tuple[list[float], int]:
    reader, writer = await asyncio.open_connection(host, port)
    times, errors, n = [], 0, first
    while time.perf_counter() < until:
        started = time.perf_counter()
        errors += not await exchange(reader, writer, requests[n % len(requests)])
        times.append(time.perf_counter() - started)
        n += 1
    writer.close()
    return times, errors


async def loaded(url: str, bodies: list[bytes], connections: int, seconds: float, headers: list[str]) -> dict[str, float]:
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {host}:{port}", "Content-Type: application/json", "Accept: application/json", *headers]
    requests = ["\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body for body in bodies]
    started = time.perf_counter()
    until = started + seconds
    step = max(1, len(requests) // connections)
    results = await asyncio.gather(*(connection(host, port, requests, n * step, until) for n in range(connections)))
    times = sorted(one for found, _ in results for one in found)
    return {
        "requests": len(times),
        "errors": sum(errors for _, errors in results),
        "seconds": time.perf_counter() - started,
        "p50_ms": times[len(times) // 2] * 1000,
        "p99_ms": times[int(len(times) * 0.99)] * 1000,
    }


if __name__ == "__main__":
    url, file, connections, seconds, *headers = sys.argv[1:]
    lines = Path(file).read_bytes().splitlines()
    print(json.dumps(asyncio.run(loaded(url, lines, int(connections), float(seconds), headers))))
