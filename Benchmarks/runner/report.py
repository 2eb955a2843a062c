"""The results as plain values and as Markdown."""

import machine
import wire
from clients import Client
from measure import Results, Settings
from workloads import Metric, Workload


def document(
    results: Results,
    workloads: list[Workload],
    clients: list[Client],
    floors: list[dict],
    settings: Settings,
    python: str,
) -> dict:
    """Everything that a run found, as plain values."""
    return {
        "machine": machine.facts(),
        "versions": machine.versions(python),
        "settings": vars(settings),
        "answer_bytes": len(wire.ANSWER_BODY),
        "clients": {client.name: client.title for client in clients},
        "workloads": [_workload(results, workload, clients) for workload in workloads],
        "floors": floors,
        "failures": results.failures,
    }


def _workload(results: Results, workload: Workload, clients: list[Client]) -> dict:
    rows = {}
    for client in clients:
        if results.of(workload.name, client.name):
            rows[client.name] = {
                metric.name: _summary(results, workload, client, metric) for metric in workload.metrics
            }
    return {
        "name": workload.name,
        "title": workload.title,
        "metrics": [
            {"name": metric.name, "title": metric.title, "digits": metric.digits, "more_is_better": metric.more_is_better}
            for metric in workload.metrics
        ],
        "results": rows,
        # How much of the machine others used, round by round.
        "foreign": {client: [round(sample["foreign"], 3) for sample in results.of(workload.name, client)] for client in rows},
    }


def _summary(results: Results, workload: Workload, client: Client, metric: Metric) -> dict:
    low, high = results.spread(workload.name, client.name, metric.name)
    return {
        "median": results.median(workload.name, client.name, metric.name),
        "low": low,
        "high": high,
        "samples": [sample[metric.name] for sample in results.of(workload.name, client.name)],
    }


# Markdown


def markdown(run: dict) -> str:
    """The tables of a run."""
    parts = []
    for workload in run["workloads"]:
        if workload["results"]:
            parts.append(f"### {workload['title']}\n\n{table(run, workload)}")
    if run.get("instructions"):
        parts.append(f"### Instructions per request\n\n{instructions(run)}")
    if run["floors"]:
        parts.append(f"### Floors\n\n{floors(run['floors'])}")
    return "\n\n".join(parts)


def number(value: float, digits: int) -> str:
    """A number as people read it."""
    return f"{value:,.{digits}f}".replace(",", " ")


def _rows(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def table(run: dict, workload: dict) -> str:
    """A workload's numbers: a line per client, or per metric when there are many of those."""
    metrics, results = workload["metrics"], workload["results"]
    if len(metrics) > 8:
        rows = [
            [metric["title"], *(number(values[metric["name"]]["median"], metric["digits"]) for values in results.values())]
            for metric in metrics
        ]
        return _rows(["", *(run["clients"][client] for client in results)], rows)
    rows = [
        [run["clients"][client], *(_cell(values[metric["name"]], metric, index < 2) for index, metric in enumerate(metrics))]
        for client, values in results.items()
    ]
    return _rows(["client", *(metric["title"] for metric in metrics)], rows)


def _cell(value: dict, metric: dict, shows_spread: bool) -> str:
    text = number(value["median"], metric["digits"])
    if shows_spread and value["median"] and len(value["samples"]) > 1:
        text += f" ±{(value['high'] - value['low']) / 2 / value['median'] * 100:.0f} %"
    return text


def instructions(run: dict) -> str:
    """Instructions per request: a line per client."""
    counts = run["instructions"]
    clients = list(dict.fromkeys(client for values in counts.values() for client in values))
    rows = [
        [run["clients"][client], *(number(values[client], 0) if client in values else "" for values in counts.values())]
        for client in clients
    ]
    return _rows(["client", *counts], rows)


def floors(outcomes: list[dict]) -> str:
    """The floors and what was reached."""
    rows = []
    for floor in outcomes:
        bound = f"≥ {floor['at_least']:g}" if floor["at_least"] is not None else f"≤ {floor['at_most']:g}"
        if floor["value"] is None:
            noisy = f"{floor['noisy_value']:.2f}" if floor["noisy_value"] is not None else ""
            rows.append([floor["name"], bound, noisy, "not judged: the machine was busy"])
        else:
            rows.append([floor["name"], bound, f"{floor['value']:.2f}", "" if floor["holds"] else "missed"])
    return _rows(["ratio", "bound", "this run", ""], rows)
