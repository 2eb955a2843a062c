"""docs/benchmarks.md and its charts, made from a run."""

from pathlib import Path

import charts
import report

INTRODUCTION = """\
# Benchmarks

The same work done by this package, by a bare C program on the same libcurl, and by other clients, in one run and in turn.
This page is made by `Scripts/bench --write-docs`; every number is from the run described here.

| | |
|---|---|
"""

METHOD = """\

A request is a `POST` of 1 KB of JSON with the headers of an AI provider's client; the answer has {answer} bytes. The server,
nginx with one worker, has one core to itself and the client another. Clients take turns, {rounds} rounds each of {seconds:g} s
after a warm-up of {warmup:g} s; a round during which other programs used more than {limit:.0%} of the machine is repeated.
A number is the median of the rounds, ± half of the range between the lowest and the highest.
Processor time is the client's, by `getrusage`. The C programs collect headers and body as this package does, keep their
easy handles and change only what differs. `on the loop` runs the callers inside `SessionPool.onLoop`, `off the loop` on
Swift's global executor. Each client has one core only, whatever it could do with more.

`Scripts/bench` repeats all of this; [Benchmarks/README.md](../Benchmarks/README.md) says how a client is added.
"""


def write(run: dict, docs: Path) -> None:
    """Writes the page and its charts."""
    folder = docs / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    drawn = charts.drawn(run)
    for file, (_, text) in drawn.items():
        (folder / file).write_text(text, encoding="utf-8")
    (docs / "benchmarks.md").write_text(_page(run, drawn), encoding="utf-8")


def _page(run: dict, drawn: dict[str, tuple[charts.Chart, str]]) -> str:
    settings = run["settings"]
    facts = {**run["machine"], **run["versions"]}
    introduction = INTRODUCTION + "".join(f"| {name} | {value} |\n" for name, value in facts.items())
    method = METHOD.format(
        answer=run["answer_bytes"],
        rounds=settings["rounds"],
        seconds=settings["seconds"],
        warmup=settings["warmup"],
        limit=settings["foreign_limit"],
    )
    parts = [introduction + method]
    for workload in run["workloads"]:
        if not workload["results"]:
            continue
        pictures = [
            f"![{chart.title}](benchmarks/{file})"
            for file, (chart, _) in drawn.items()
            if chart.workload == workload["name"]
        ]
        parts += [f"## {workload['title']}\n", *(picture + "\n" for picture in pictures)]
        parts.append(report.table(run, workload) + "\n")
    if run.get("instructions"):
        parts += ["## Instructions per request\n", report.instructions(run) + "\n"]
    if run["floors"]:
        parts += ["## Floors\n", "Ratios within one run that CI watches.\n", report.floors(run["floors"]) + "\n"]
    return "\n".join(parts)
