"""Rounds of clients in turn, and what they add up to."""

import statistics
from dataclasses import dataclass, field

import clients as programs
from clients import Client, ClientFailure, say
from servers import Servers
from workloads import Workload


@dataclass
class Settings:
    """How long and how often."""

    rounds: int
    warmup: float
    seconds: float
    quick: bool
    #: A run is repeated when others used more than this share of the machine meanwhile.
    foreign_limit: float
    #: So often at most.
    repeats: int


@dataclass
class Results:
    """Samples by workload and client: one dictionary of metrics per round."""

    samples: dict[str, dict[str, list[dict[str, float]]]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    #: The share of the machine that others may use while it still counts as quiet.
    foreign_limit: float = 1.0

    def of(self, workload: str, client: str) -> list[dict[str, float]]:
        """The samples of a client."""
        return self.samples.get(workload, {}).get(client, [])

    def is_quiet(self, workload: str, client: str, number: int) -> bool:
        """Whether the machine had nothing else to do during a round."""
        return self.of(workload, client)[number]["foreign"] <= self.foreign_limit

    def median(self, workload: str, client: str, metric: str) -> float | None:
        """The median of a metric over the rounds."""
        values = [sample[metric] for sample in self.of(workload, client) if metric in sample]
        return statistics.median(values) if values else None

    def spread(self, workload: str, client: str, metric: str) -> tuple[float, float] | None:
        """The lowest and the highest value of a metric."""
        values = [sample[metric] for sample in self.of(workload, client) if metric in sample]
        return (min(values), max(values)) if values else None


class Bench:
    """Runs clients against servers."""

    def __init__(self, servers: Servers, core: int, settings: Settings):
        self.servers = servers
        self.core = core
        self.settings = settings
        self.results = Results(foreign_limit=settings.foreign_limit)

    def measure(self, workload: Workload, clients: list[Client], rounds: int | None = None) -> None:
        """Adds rounds of a workload: every client once, then every client once more."""
        rounds = rounds or workload.rounds(self.settings.rounds)
        say(f"{workload.name}: {workload.title}")
        left = list(clients)
        table = self.results.samples.setdefault(workload.name, {})
        for number in range(rounds):
            for client in list(left):
                try:
                    sample = self._sample(workload, client)
                except ClientFailure as failure:
                    say(f"  {failure}")
                    self.results.failures.append(f"{workload.name}: {failure}")
                    sample = None
                if sample is None:
                    left.remove(client)
                    continue
                table.setdefault(client.name, []).append(sample)
                first = workload.metrics[:2]
                numbers = ", ".join(f"{sample[metric.name]:,.{metric.digits}f} {metric.title}" for metric in first)
                say(f"  {number + 1}/{rounds} {client.name:14} {numbers}")

    def _run(self, workload: Workload, client: Client, rest: list[str]) -> programs.Run:
        if workload.server == "simulator":
            # A fresh one every time: its faults are used up.
            with self.servers.simulator() as endpoints:
                return programs.run(client, [*rest, "--endpoints", endpoints], self.servers, self.core)
        counts = self.servers.counts_resumption(workload.server)
        if counts:
            self.servers.resumed_share(workload.server)
        run = programs.run(client, rest, self.servers, self.core)
        if counts and run.line is not None:
            run.line["resumed"] = self.servers.resumed_share(workload.server)
        return run

    def _sample(self, workload: Workload, client: Client) -> dict[str, float] | None:
        """One run on a machine that is quiet enough, or the quietest of several."""
        settings = self.settings
        rest = programs.arguments(workload, self.servers, settings.warmup, settings.seconds, settings.quick)
        best = None
        for _ in range(1 + settings.repeats):
            run = self._run(workload, client, rest)
            if run.line is None:
                return None
            if best is None or run.foreign < best.foreign:
                best = run
            if best.foreign <= settings.foreign_limit:
                break
        try:
            return {"foreign": best.foreign, **{metric.name: metric.read(best.line) for metric in workload.metrics}}
        except (ArithmeticError, LookupError, TypeError) as error:
            raise ClientFailure(f"{client.name} printed a line that lacks something: {error!r}") from None
