"""Facts about the machine: what it is, and how busy it is with other people's work."""

import os
import platform
import re
import subprocess
from datetime import datetime, timezone

TICKS = os.sysconf("SC_CLK_TCK")


def _first_line(command: list[str]) -> str:
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except OSError:
        return "not found"
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return lines[0].strip() if lines else "unknown"


def _match(path: str, pattern: str) -> str:
    with open(path, encoding="utf-8") as file:
        found = re.search(pattern, file.read(), re.MULTILINE)
    return found.group(1).strip().strip('"') if found else "unknown"


def facts() -> dict[str, str]:
    """The machine, for a report."""
    memory = int(_match("/proc/meminfo", r"^MemTotal:\s+(\d+)"))
    return {
        "processor": _match("/proc/cpuinfo", r"^model name\s*:\s*(.*)$"),
        "cores": str(os.cpu_count()),
        "memory": f"{memory / 1024 / 1024:.0f} GiB",
        "system": f"{_match('/etc/os-release', r'^PRETTY_NAME=(.*)$')}, Linux {platform.release().partition('-')[0]}",
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
    }


def versions(python: str) -> dict[str, str]:
    """The versions of what is measured, as the programs themselves tell them."""
    curl = re.sub(r"\s*\(.*?\)\s*", " ", _first_line(["curl", "--version"]))
    packages = "import importlib.metadata as m; print(', '.join(f'{p} {m.version(p)}' for p in ('aiohttp', 'httpx')))"
    return {
        "swift": _first_line(["swift", "--version"]),
        "curl": curl,
        "nginx": _first_line(["nginx", "-v"]).removeprefix("nginx version: "),
        "go": _first_line(["go", "version"]).removeprefix("go version "),
        "python": f"{_first_line([python, '--version'])}, {_first_line([python, '-c', packages])}",
    }


def busy_seconds() -> float:
    """Processor time that all processes together, and other virtual machines, have used since the start."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _idle, _wait, _irq, _softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + steal) / TICKS


def process_seconds(pids: list[int]) -> float:
    """Processor time that these processes have used."""
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def cores() -> tuple[int, int]:
    """The core of the servers and the core of the clients."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise SystemExit("bench: two cores are needed, one for the server and one for the client")
    return usable[0], usable[1]
