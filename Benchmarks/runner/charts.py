"""Bar charts as SVG, readable on light and dark pages."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from report import number

WIDTH, LABELS, VALUES = 760, 250, 90
TOP, ROW, BAR = 64, 28, 18
#: The longest bar, as a multiple of the shortest.
FARTHEST = 20

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .note, .value { fill: #57606a }
  .ours text, .ours .value { font-weight: 600; fill: #24292f }
  rect { fill: #afb8c1 }
  .yardstick rect { fill: #6e7781 }
  .ours rect { fill: #0969da }
  .cut { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text, .ours text, .ours .value { fill: #e6edf3 }
    .note, .value { fill: #9198a1 }
    rect { fill: #484f58 }
    .yardstick rect { fill: #8b949e }
    .ours rect { fill: #2f81f7 }
    .cut { fill: #0d1117 }
  }
"""


@dataclass(frozen=True)
class Chart:
    """A metric of a workload, a bar per client."""

    file: str
    title: str
    workload: str
    metric: str


CHARTS = [
    Chart("requests.svg", "Requests per second on one core, HTTP/1.1, 16 in flight", "h1-16", "rps"),
    Chart("processor-time.svg", "Processor time per request, HTTP/1.1, 16 in flight", "h1-16", "cpu"),
    Chart("tls.svg", "Requests per second on one core, TLS 1.3, 64 in flight", "tls-64", "rps"),
    Chart("http2.svg", "Requests per second on one core, HTTP/2, 64 streams", "h2-64", "rps"),
    Chart("new-connections.svg", "Processor time of a request on a new, resumed TLS connection", "resumed-tls", "cpu"),
    Chart("stream-memory.svg", "Memory per stream, 1 000 readers", "sse-1000", "kib_per_stream"),
    Chart("stream-events.svg", "Events per second on one core, 1 000 readers", "sse-1000", "eps"),
    Chart("cold-start.svg", "From the start of the process to the first answer, TLS 1.3", "cold-tls", "process"),
]


def drawn(run: dict) -> dict[str, tuple[Chart, str]]:
    """The charts of a run, by file name; those without numbers are left out."""
    result = {}
    for chart in CHARTS:
        workload = next((each for each in run["workloads"] if each["name"] == chart.workload), None)
        if workload is None or len(workload["results"]) < 2:
            continue
        result[chart.file] = (chart, _draw(run, workload, chart))
    return result


def _draw(run: dict, workload: dict, chart: Chart) -> str:
    metric = next(each for each in workload["metrics"] if each["name"] == chart.metric)
    rows = [(client, values[chart.metric]["median"]) for client, values in workload["results"].items()]
    rows.sort(key=lambda row: row[1], reverse=metric["more_is_better"])
    largest = max(value for _, value in rows) or 1
    if not metric["more_is_better"]:
        # One that is far off must not make the others indistinguishable: its bar is cut.
        largest = min(largest, FARTHEST * (rows[0][1] or largest))
    height = TOP + ROW * len(rows) + 12
    note = f"{metric['title']}; {'more' if metric['more_is_better'] else 'less'} is better"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="{escape(chart.title)}">',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="8" y="24">{escape(chart.title)}</text>',
        f'<text class="note" x="8" y="46">{escape(note)}</text>',
    ]
    for index, (client, value) in enumerate(rows):
        kind = "ours" if client.startswith("pool-") else "yardstick" if client.startswith("c-") else "other"
        top = TOP + ROW * index
        length = max(2.0, min(1.0, value / largest) * (WIDTH - LABELS - VALUES))
        cut = f'<path class="cut" d="M{LABELS + length - 34:.1f} {top - 2}l10 0l-8 {BAR + 4}l-10 0z"/>' if value > largest else ""
        label, baseline = escape(run["clients"][client]), top + BAR - 4
        parts.append(
            f'<g class="{kind}"><text x="{LABELS - 8}" y="{baseline}" text-anchor="end">{label}</text>'
            f'<rect x="{LABELS}" y="{top}" width="{length:.1f}" height="{BAR}" rx="2"/>{cut}'
            f'<text class="value" x="{LABELS + length + 6:.1f}" y="{baseline}">{number(value, metric["digits"])}</text></g>'
        )
    return "\n".join([*parts, "</svg>", ""])
