"""What the clients in Python share: the contract in Benchmarks/README.md."""

import argparse
import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import Awaitable, Callable, Protocol


class Client(Protocol):
    """What a library has to do."""

    async def send(self) -> tuple[int, int]:
        """One request: the status and the length of the body."""

    async def events(self) -> "asyncio.AsyncIterator[str]":
        """One stream: the data of its events."""

    async def close(self) -> None:
        """The end."""


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--url", required=True)
    parser.add_argument("--ca")
    parser.add_argument("--http2", action="store_true")
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--warmup", type=float, default=0)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--windows", type=int, default=0)
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--body", type=Path)
    parser.add_argument("--expect-bytes", type=int)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--sessions", type=int, default=1)
    options = parser.parse_args()
    options.headers = dict(header.split(": ", 1) for header in options.header)
    options.body = options.body.read_bytes() if options.body else None
    return options


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def memory(name: str) -> int:
    """A line of /proc/self/status, in KiB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    return 0


def percentile(values: list[float], share: float) -> float:
    """In microseconds; the values are sorted seconds."""
    return values[int(share * (len(values) - 1))] * 1e6 if values else 0.0


def unsupported() -> None:
    """Ends the program with the status of a client that cannot do this work."""
    sys.exit(3)


async def lines_to_events(lines) -> "asyncio.AsyncIterator[str]":
    """The data of the events in an iterator of lines."""
    data: list[str] = []
    async for line in lines:
        line = line.rstrip("\r\n")
        if not line:
            if data:
                yield "\n".join(data)
                data = []
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))


async def load(options: argparse.Namespace, client: Client) -> dict:
    start = time.perf_counter()
    measure_from = start + options.warmup
    measure_until = measure_from + (options.seconds if options.requests == 0 else 1e9)
    latencies: list[float] = []
    state = {"started": 0, "cpu": cpu_seconds() if options.requests else None, "cpu_end": None, "end": start}

    def finish(now: float) -> None:
        if state["cpu_end"] is None:
            state["cpu_end"], state["end"] = cpu_seconds(), now

    async def worker() -> None:
        while options.requests == 0 or state["started"] < options.requests:
            state["started"] += 1
            begin = time.perf_counter()
            status, count = await client.send()
            end = time.perf_counter()
            if status != 200 or options.expect_bytes not in (None, count):
                raise SystemExit(f"status {status}, {count} bytes")
            if end > measure_until:
                finish(end)
                return
            if end > measure_from:
                if state["cpu"] is None:
                    state["cpu"] = cpu_seconds()
                latencies.append(end - begin)

    await asyncio.gather(*(worker() for _ in range(options.concurrency)))
    finish(time.perf_counter())
    latencies.sort()
    return {
        "requests": len(latencies),
        "seconds": state["end"] - measure_from,
        "cpu_seconds": state["cpu_end"] - state["cpu"],
        "p50_us": percentile(latencies, 0.5),
        "p99_us": percentile(latencies, 0.99),
    }


async def stream(options: argparse.Namespace, client: Client) -> dict:
    before, cpu, begin = memory("VmRSS"), cpu_seconds(), time.perf_counter()
    first: list[float] = []
    counts: list[int] = []

    async def reader() -> None:
        while True:
            start, count = time.perf_counter(), 0
            async for _ in client.events():
                if count == 0:
                    first.append(time.perf_counter() - start)
                count += 1
            if count != options.events:
                raise SystemExit(f"a stream has {count} events, not {options.events}")
            counts.append(count)
            if time.perf_counter() - begin >= options.seconds:
                return

    await asyncio.gather(*(reader() for _ in range(options.concurrency)))
    seconds, cpu = time.perf_counter() - begin, cpu_seconds() - cpu
    first.sort()
    return {
        "streams": len(counts),
        "events": sum(counts),
        "seconds": seconds,
        "cpu_seconds": cpu,
        "first_event_p50_us": percentile(first, 0.5),
        "first_event_p99_us": percentile(first, 0.99),
        "kib_per_stream": (memory("VmHWM") - before) / options.concurrency,
    }


def main(begin: float, make: Callable[[argparse.Namespace], Awaitable[Client]]) -> None:
    """Does the work; `begin` is when the process began, before it imported the library."""
    options = parse()
    if options.command not in ("load", "stream", "cold"):
        unsupported()

    async def run() -> dict:
        client = await make(options)
        try:
            if options.command == "load":
                return await load(options, client)
            if options.command == "stream":
                return await stream(options, client)
            status, _ = await client.send()
            if status != 200:
                raise SystemExit(f"status {status}")
            return {"first_answer_ms": (time.perf_counter() - begin) * 1000}
        finally:
            await client.close()

    line = asyncio.run(run())
    print(json.dumps({**line, "peak_kib": memory("VmHWM")}), flush=True)
