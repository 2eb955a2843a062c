"""What the clients are asked to do, and what is read from their answers."""

from dataclasses import dataclass, field
from typing import Callable

Line = dict[str, float]


@dataclass(frozen=True)
class Metric:
    """One number of a result."""

    name: str
    title: str
    read: Callable[[Line], float]
    digits: int = 0
    more_is_better: bool = False


REQUESTS_PER_SECOND = Metric("rps", "requests/s", lambda line: line["requests"] / line["seconds"], 0, True)
PROCESSOR_TIME = Metric("cpu", "CPU µs/request", lambda line: line["cpu_seconds"] / line["requests"] * 1e6, 1)
LATENCIES = [
    Metric("p50", "p50 µs", lambda line: line["p50_us"]),
    Metric("p99", "p99 µs", lambda line: line["p99_us"]),
]
MEMORY = Metric("rss", "peak MB", lambda line: line["peak_kib"] / 1000, 0)
LOAD = (REQUESTS_PER_SECOND, PROCESSOR_TIME, *LATENCIES, MEMORY)


@dataclass(frozen=True)
class Workload:
    """A piece of work that clients are compared by."""

    name: str
    title: str
    command: str
    metrics: tuple[Metric, ...]
    server: str | None = "plain"
    arguments: tuple[str, ...] = ()
    quick_arguments: tuple[str, ...] | None = None
    #: Whether `--warmup` and `--seconds` say how long it lasts.
    timed: bool = True
    #: Whether requests have headers and a body.
    posts: bool = True
    http2: bool = False
    #: Only these clients; None for all that can.
    clients: tuple[str, ...] | None = None
    #: In a quick run only these clients; None leaves the workload out of it.
    quick_clients: tuple[str, ...] | None = None
    #: Fewer rounds than others, for work that takes long or repeats itself.
    max_rounds: int | None = None
    tags: tuple[str, ...] = field(default=())


CURL = ("c-poll", "c-epoll")
BOTH = (*CURL, "pool-loop", "pool-tasks")


def _keep_alive(in_flight: int, quick: tuple[str, ...] | None) -> Workload:
    return Workload(
        name=f"h1-{in_flight}",
        title=f"HTTP/1.1 kept alive, {in_flight} in flight",
        command="load",
        metrics=LOAD,
        arguments=("--concurrency", str(in_flight)),
        quick_clients=quick,
    )


WORKLOADS = [
    _keep_alive(1, (*CURL, "pool-loop")),
    _keep_alive(16, (*BOTH, "urlsession", "aiohttp")),
    _keep_alive(64, (*BOTH, "urlsession", "aiohttp")),
    _keep_alive(256, None),
]


def by_name(name: str) -> Workload:
    """The workload of this name."""
    for workload in WORKLOADS:
        if workload.name == name:
            return workload
    known = ", ".join(workload.name for workload in WORKLOADS)
    raise SystemExit(f"bench: there is no workload {name}; there are {known}")
