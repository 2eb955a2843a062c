"""What the clients are asked to do, and what is read from their answers."""

import statistics
from dataclasses import dataclass
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
    #: Fewer rounds than others, for work that takes long; or more, for work that takes no time.
    max_rounds: int | None = None
    min_rounds: int = 1
    #: In a run with --callgrind, unless workloads are named.
    counts_instructions: bool = False
    #: What follows the server's origin.
    path: str = "/v1/chat"
    #: Whether the server's answer is the one of wire.py.
    expects_answer: bool = True

    def rounds(self, wanted: int) -> int:
        """How many rounds it gets when so many are wanted."""
        return max(self.min_rounds, min(wanted, self.max_rounds or wanted))


CURL = ("c-poll", "c-epoll")
BOTH = (*CURL, "pool-loop", "pool-tasks")
EVENTS = 200


def _keep_alive(name: str, title: str, in_flight: int, quick: tuple[str, ...] | None = None, **more: object) -> Workload:
    arguments = ("--concurrency", str(in_flight))
    return Workload(name, title, "load", LOAD, arguments=arguments, quick_clients=quick, **more)


def _fresh(name: str, title: str, server: str, quick: tuple[str, ...] | None = None) -> Workload:
    metrics = (REQUESTS_PER_SECOND, PROCESSOR_TIME, *LATENCIES)
    if server != "fresh":
        metrics += (Metric("resumed", "resumed %", lambda line: line["resumed"] * 100),)
    return Workload(name, title, "load", metrics, server, ("--concurrency", "16"), quick_clients=quick)


def _cold(name: str, title: str, server: str) -> Workload:
    metrics = (
        Metric("process", "process to answer ms", lambda line: line["process_ms"], 1),
        Metric("first", "client to answer ms", lambda line: line["first_answer_ms"], 2),
        MEMORY,
    )
    return Workload(
        name, title, "cold", metrics, server, timed=False, http2=server == "h2", min_rounds=9, clients=NOT_LAZY
    )  # fmt: skip


def _stream(readers: int, interval: int = 0, quick: tuple[str, ...] | None = None) -> Workload:
    """Streams as fast as they are read, or an event for every reader per interval in milliseconds."""
    metrics = (
        Metric("eps", "events/s", lambda line: line["events"] / line["seconds"], 0, True),
        Metric("cpu_event", "CPU µs/event", lambda line: line["cpu_seconds"] / line["events"] * 1e6, 2),
        Metric("first_p50", "first event p50 ms", lambda line: line["first_event_p50_us"] / 1e3, 2),
        Metric("first_p99", "first event p99 ms", lambda line: line["first_event_p99_us"] / 1e3, 2),
    )
    if readers >= 100:
        metrics += (Metric("kib_per_stream", "KiB/stream", lambda line: line["kib_per_stream"], 1),)
    count = f"{readers:,}".replace(",", " ")
    pace = f", each an event every {interval} ms" if interval else ", as fast as they read"
    return Workload(
        name=f"sse-{readers}{'-paced' if interval else ''}",
        title=f"Streams of {EVENTS} events to {count} reader{'s' if readers > 1 else ''}{pace}",
        command="stream",
        metrics=metrics,
        server="events",
        path=f"/events?count={EVENTS}&interval_ms={interval}&bytes=200",
        arguments=("--concurrency", str(readers), "--events", str(EVENTS)),
        quick_clients=quick,
        expects_answer=False,
        max_rounds=3 if readers >= 1000 else None,
    )


def _bookkeeping() -> Workload:
    def number(name: str, title: str, digits: int = 0) -> Metric:
        return Metric(name, title, lambda line: line[name], digits)

    counts = (1, 10, 100, 1_000, 10_000)
    metrics = []
    for key, title, digits in (
        ("hit", "`session(for:)`, hit, ns", 0),
        ("dictionary", "dictionary under a lock, ns", 0),
        ("hit_ratio", "hit ÷ dictionary", 2),
        ("acquire", "`acquire` and release, URL as text, ns", 0),
        ("evict", "evict and create, ns", 0),
    ):
        metrics += [number(f"{key}_{count}", f"{title}, {count} key{'s' if count > 1 else ''}", digits) for count in counts]
    metrics += [number("create_first", "create, the first 1 000 of 10 000, ns"), number("create_last", "create, the last, ns")]
    return Workload(
        name="bookkeeping",
        title="The pool's own bookkeeping",
        command="bookkeeping",
        metrics=tuple(metrics),
        server=None,
        arguments=("--sessions", "10000", "--requests", "200000"),
        quick_arguments=("--sessions", "10000", "--requests", "50000"),
        timed=False,
        posts=False,
        clients=("pool-tasks",),
        quick_clients=("pool-tasks",),
        max_rounds=2,
    )


def _windows(line: Line) -> tuple[list, list]:
    """The windows after the first, and the last ones: a tenth of all each."""
    windows = line["windows"]
    tenth = max(3, len(windows) // 10)
    return windows[1 : 1 + tenth], windows[-tenth:]


def _drift(line: Line) -> float:
    """Processor time per request at the end, compared with the beginning."""
    early, late = ([cpu / count for count, cpu, _ in windows] for windows in _windows(line))
    return statistics.median(late) / statistics.median(early)


def _growth(line: Line) -> float:
    early, late = _windows(line)
    return late[-1][2] - early[-1][2]


def _endurance() -> Workload:
    return Workload(
        name="endurance",
        title="1 000 000 requests in one process, 16 in flight",
        command="load",
        metrics=(
            REQUESTS_PER_SECOND,
            PROCESSOR_TIME,
            Metric("drift", "CPU at the end ÷ after 10 000", _drift, 3),
            Metric("growth", "memory growth KiB", _growth),
        ),
        arguments=("--concurrency", "16", "--requests", "1000000", "--windows", "100"),
        quick_arguments=("--concurrency", "16", "--requests", "100000", "--windows", "20"),
        timed=False,
        clients=("c-poll", "pool-loop"),
        quick_clients=("pool-loop",),
        max_rounds=3,
    )


def _idle() -> Workload:
    return Workload(
        name="idle",
        title="Idle sessions, each with one TLS connection (1 000; quick: 300)",
        command="idle",
        metrics=(Metric("kib_per_session", "KiB/session", lambda line: line["kib_per_session"], 1),),
        server="tls",
        arguments=("--sessions", "1000"),
        quick_arguments=("--sessions", "300"),
        timed=False,
        clients=("c-poll", "c-epoll", "pool-loop"),
        quick_clients=("c-epoll", "pool-loop"),
        max_rounds=3,
    )


def _mixed() -> Workload:
    return Workload(
        name="mixed",
        title="A mixed day: chats with three providers, half streamed, limits kept, one answer in a hundred goes wrong",
        command="mixed",
        metrics=(
            Metric("chats", "chats/s", lambda line: line["requests"] / line["seconds"], 1, True),
            Metric("cpu_chat", "CPU µs/chat", lambda line: line["cpu_seconds"] / line["requests"] * 1e6),
            Metric("p50_ms", "p50 ms", lambda line: line["p50_us"] / 1e3, 1),
            Metric("p99_ms", "p99 ms", lambda line: line["p99_us"] / 1e3, 1),
            Metric("connections", "connections", lambda line: line["connections"]),
            Metric("failed", "failed %", lambda line: line["failures"] / line["requests"] * 100, 1),
        ),
        server="simulator",
        arguments=("--concurrency", "16", "--requests", "400"),
        timed=False,
        posts=False,
        clients=("chats-pooled", "chats-unpooled"),
        max_rounds=3,
    )


NOT_LAZY = (*BOTH, "urlsession", "go", "aiohttp", "httpx")

WORKLOADS = [
    _keep_alive("h1-1", "HTTP/1.1 kept alive, 1 in flight", 1, (*CURL, "pool-loop")),
    _keep_alive("h1-16", "HTTP/1.1 kept alive, 16 in flight", 16, (*BOTH, "urlsession", "aiohttp"), counts_instructions=True),
    _keep_alive("h1-64", "HTTP/1.1 kept alive, 64 in flight", 64, (*BOTH, "urlsession", "aiohttp")),
    _keep_alive("h1-256", "HTTP/1.1 kept alive, 256 in flight", 256),
    _keep_alive("tls-64", "HTTP/1.1 over TLS 1.3, 64 in flight", 64, server="tls", counts_instructions=True),
    _keep_alive(
        "h2-64",
        "HTTP/2 over TLS 1.3, 64 streams on one connection",
        64,
        (*CURL, "pool-loop"),
        server="h2",
        http2=True,
        counts_instructions=True,
    ),
    _fresh("fresh", "A new connection for every request, 16 in flight", "fresh"),
    _fresh("fresh-tls", "A new TLS connection for every request, 16 in flight", "fresh_tls", (*CURL, "pool-loop")),
    _fresh("resumed-tls", "The same with resumption", "resumed_tls", (*CURL, "pool-loop")),
    _stream(1),
    _stream(100),
    _stream(1000, quick=("pool-loop",)),
    _stream(1000, interval=25),
    _cold("cold-h1", "Cold start to the first answer", "plain"),
    _cold("cold-tls", "Cold start to the first answer, TLS 1.3", "tls"),
    _cold("cold-h2", "Cold start to the first answer, HTTP/2", "h2"),
    _idle(),
    _bookkeeping(),
    _endurance(),
    _mixed(),
]


def by_name(name: str) -> Workload:
    """The workload of this name."""
    for workload in WORKLOADS:
        if workload.name == name:
            return workload
    known = ", ".join(workload.name for workload in WORKLOADS)
    raise SystemExit(f"bench: there is no workload {name}; there are {known}")
