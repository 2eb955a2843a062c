"""The results as JSON and as Markdown."""

import machine
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
        "settings": {**vars(settings), "foreign": results.foreign},
        "clients": {client.name: client.title for client in clients},
        "workloads": [_workload(results, workload, clients) for workload in workloads],
        "floors": floors,
        "failures": results.failures,
    }


def _workload(results: Results, workload: Workload, clients: list[Client]) -> dict:
    rows = {}
    for client in clients:
        samples = results.of(workload.name, client.name)
        if samples:
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
    }


def _summary(results: Results, workload: Workload, client: Client, metric: Metric) -> dict:
    low, high = results.spread(workload.name, client.name, metric.name)
    return {
        "median": results.median(workload.name, client.name, metric.name),
        "low": low,
        "high": high,
        "samples": [sample[metric.name] for sample in results.of(workload.name, client.name)],
    }


def markdown(run: dict) -> str:
    """The tables of a run."""
    parts = [_table(run, workload) for workload in run["workloads"] if workload["results"]]
    if run["floors"]:
        parts.append(_floors(run["floors"]))
    return "\n\n".join(parts)


def number(value: float, digits: int) -> str:
    """A number as people read it."""
    return f"{value:,.{digits}f}".replace(",", " ")


def _table(run: dict, workload: dict) -> str:
    metrics = workload["metrics"]
    lines = [
        f"### {workload['title']}",
        "",
        "| client | " + " | ".join(metric["title"] for metric in metrics) + " |",
        "|---|" + "---:|" * len(metrics),
    ]
    for client, values in workload["results"].items():
        cells = []
        for position, metric in enumerate(metrics):
            value = values[metric["name"]]
            text = number(value["median"], metric["digits"])
            if position < 2 and value["median"]:
                text += f" ±{(value['high'] - value['low']) / 2 / value['median'] * 100:.0f} %"
            cells.append(text)
        lines.append(f"| {run['clients'][client]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _floors(floors: list[dict]) -> str:
    lines = ["### Floors", "", "| ratio | bound | this run | |", "|---|---:|---:|---|"]
    for floor in floors:
        bound = f"≥ {floor['at_least']:g}" if floor["at_least"] is not None else f"≤ {floor['at_most']:g}"
        lines.append(f"| {floor['name']} | {bound} | {floor['value']:.2f} | {'' if floor['holds'] else 'missed'} |")
    return "\n".join(lines)
