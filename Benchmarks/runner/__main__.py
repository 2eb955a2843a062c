"""Scripts/bench: all clients in turn on the same work."""

import argparse
import json
import signal
import sys
import time
from pathlib import Path

import callgrind
import clients as programs
import floors as bounds
import machine
import pages
import report
import workloads as works
from clients import Client, say
from measure import Bench, Settings
from servers import Servers

BENCHMARKS = Path(__file__).resolve().parent.parent


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Scripts/bench", description="Measures HTTP clients on the same work, in turn.")
    parser.add_argument("--quick", action="store_true", help="what the floors need, in under three minutes")
    parser.add_argument("--client", action="append", default=[], metavar="NAME=COMMAND", help="one more client")
    parser.add_argument("--only", metavar="NAME,NAME", help="only these clients")
    parser.add_argument("--workload", action="append", default=[], metavar="NAME", help="only this workload")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds (default 5, quick 3)")
    parser.add_argument("--seconds", type=float, metavar="S", help="seconds of every measurement (default 3, quick 0.5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks.md and its charts")
    parser.add_argument("--from", dest="source", type=Path, metavar="FILE", help="measure nothing: take what --json wrote")
    parser.add_argument("--callgrind", action="store_true", help="count instructions with valgrind instead of time")
    parser.add_argument("--no-floors", action="store_true", help="do not look at the floors")
    parser.add_argument("--list", action="store_true", help="the clients and workloads that there are")
    # Set by Scripts/bench.
    parser.add_argument("--binaries", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--go", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--python", required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def chosen_clients(arguments: argparse.Namespace) -> list[Client]:
    known = programs.built_in(arguments.binaries, BENCHMARKS, arguments.go, arguments.python)
    extra = [programs.plugged_in(text) for text in arguments.client]
    if arguments.only is None:
        return [client for client in known if client.is_default] + extra
    names = arguments.only.split(",")
    unknown = set(names) - {client.name for client in known + extra}
    if unknown:
        raise SystemExit(f"bench: there is no client {', '.join(sorted(unknown))}")
    return [client for client in known + extra if client.name in names]


def clients_of(workload: works.Workload, clients: list[Client], arguments: argparse.Namespace) -> list[Client]:
    """The clients that a workload is measured with; those named on the command line always."""
    names = workload.clients
    if arguments.quick and arguments.only is None:
        names = workload.quick_clients or names
    extra = {text.partition("=")[0] for text in arguments.client}
    return [client for client in clients if names is None or client.name in names or client.name in extra]


def chosen_workloads(arguments: argparse.Namespace) -> list[works.Workload]:
    if arguments.workload:
        return [works.by_name(name) for name in arguments.workload]
    return [work for work in works.WORKLOADS if not arguments.quick or work.quick_clients is not None]


def check_floors(bench: Bench, floors: list[bounds.Floor], clients: list[Client]) -> list[dict]:
    """The floors that could be evaluated. What is missed is measured again: the machine may have been busy."""
    values = {floor: floor.value(bench.results) for floor in floors}
    for _ in range(1 if bench.settings.quick else 2):
        missed = [
            floor
            for floor, value in values.items()
            if floor.was_measured(bench.results) and not floor.holds(value) and floor.may_be_noise(value)
        ]
        needed: dict[str, set[str]] = {}
        for floor in missed:
            value = "the machine was busy" if values[floor] is None else f"{values[floor]:.2f}, not {floor.bound}"
            say(f"{floor.name}: {value}; measuring again")
            for _, client, workload in floor.numbers():
                needed.setdefault(workload, set()).add(client)
        for workload, names in needed.items():
            bench.measure(works.by_name(workload), [client for client in clients if client.name in names])
        for floor in missed:
            values[floor] = floor.value(bench.results)
    return [
        {**vars(floor), "value": value, "noisy_value": floor.value(bench.results, False), "holds": floor.holds(value)}
        for floor, value in values.items()
        if floor.was_measured(bench.results)
    ]


def settings_of(arguments: argparse.Namespace) -> Settings:
    return Settings(
        rounds=arguments.rounds or (3 if arguments.quick else 5),
        warmup=0.2 if arguments.quick else 1.0,
        seconds=arguments.seconds or (0.5 if arguments.quick else 3.0),
        quick=arguments.quick,
        foreign_limit=0.08,
        repeats=1 if arguments.quick else 3,
    )


def measure(arguments: argparse.Namespace) -> dict:
    """Runs the clients, and then looks at the floors."""
    clients, workloads, settings = chosen_clients(arguments), chosen_workloads(arguments), settings_of(arguments)
    server_core, client_core = machine.cores()
    with Servers(arguments.binaries, server_core) as servers:
        bench = Bench(servers, client_core, settings)
        for workload in workloads:
            bench.measure(workload, clients_of(workload, clients, arguments))
        floors = [] if arguments.no_floors else bounds.load(BENCHMARKS / "floors.json", arguments.quick)
        outcomes = check_floors(bench, floors, clients)
    return report.document(bench.results, workloads, clients, outcomes, settings, arguments.python)


def count_instructions(arguments: argparse.Namespace) -> dict:
    """Counts instructions, and nothing else."""
    clients, settings = chosen_clients(arguments), settings_of(arguments)
    workloads = [work for work in chosen_workloads(arguments) if arguments.workload or work.counts_instructions]
    server_core, client_core = machine.cores()
    with Servers(arguments.binaries, server_core) as servers:
        directory = arguments.binaries.parent.parent / "callgrind"
        counts = callgrind.table(clients, workloads, servers, client_core, directory)
    bench = Bench(servers, client_core, settings)
    document = report.document(bench.results, [], clients, [], settings, arguments.python)
    return {**document, "instructions": counts}


def list_all(arguments: argparse.Namespace) -> None:
    for client in programs.built_in(arguments.binaries, BENCHMARKS, arguments.go, arguments.python):
        print(f"client    {client.name:16} {client.title}")
    for workload in works.WORKLOADS:
        print(f"workload  {workload.name:16} {workload.title}")


def main() -> int:
    arguments, begin = parse(), time.monotonic()
    # As by Ctrl-C: the servers are ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if arguments.list:
        list_all(arguments)
        return 0
    if arguments.source:
        run = json.loads(arguments.source.read_text(encoding="utf-8"))
    elif arguments.callgrind:
        run = count_instructions(arguments)
    else:
        run = measure(arguments)
    say(f"{time.monotonic() - begin:.0f} s")
    print(report.markdown(run))
    if arguments.json:
        arguments.json.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if arguments.write_docs:
        pages.write(run, BENCHMARKS.parent / "docs")
    missed = [floor["name"] for floor in run["floors"] if floor["value"] is not None and not floor["holds"]]
    for floor in run["floors"]:
        if floor["value"] is None:
            say(f"not judged, the machine was busy: {floor['name']}")
    for name in missed:
        say(f"missed its floor: {name}")
    for failure in run["failures"]:
        say(f"failed: {failure}")
    return 1 if missed or run["failures"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
