"""Instructions per request, counted by valgrind: a number that no other program on the machine disturbs."""

import re
import shutil
import subprocess
from pathlib import Path

import clients as programs
from clients import Client, ClientFailure, say
from servers import Servers
from workloads import Workload

#: Two lengths of a run: their difference leaves out what start and end cost.
SHORT, LONG = 500, 2500


def instructions(client: Client, workload: Workload, servers: Servers, core: int, directory: Path) -> float | None:
    """Instructions of user space per request; None when the client cannot do this work.

    What valgrind writes stays in `directory`, for `callgrind_annotate`.
    """
    totals = []
    for count in (SHORT, LONG):
        total = _total(client, workload, servers, core, directory / f"{client.name}.{workload.name}.{count}.out", count)
        if total is None:
            return None
        totals.append(total)
    return (totals[1] - totals[0]) / (LONG - SHORT)


def _readable(program: str, directory: Path) -> str:
    """A copy without debug information, which Debian 12's valgrind cannot read; the names of functions stay."""
    copy = directory / Path(program).name
    shutil.copy2(program, copy)
    subprocess.run(["strip", "--strip-debug", str(copy)], check=True)
    return str(copy)


def _total(
    client: Client, workload: Workload, servers: Servers, core: int, output: Path, requests: int
) -> int | None:
    program, *own = client.command
    rest = programs.arguments(workload, servers, warmup=0, seconds=0, quick=False)
    command = [
        "taskset", "-c", str(core), "valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={output}",
        _readable(program, output.parent), *own, *rest, "--requests", str(requests),
    ]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if done.returncode == programs.UNSUPPORTED:
        return None
    if done.returncode != 0:
        raise ClientFailure(f"{client.name} under valgrind ended with {done.returncode}")
    # The file is large; the sum is in its last lines.
    found = re.search(rb"^totals: (\d+)", output.read_bytes(), re.MULTILINE)
    if found is None:
        raise ClientFailure(f"valgrind wrote no sum to {output}")
    return int(found.group(1))


def table(clients: list[Client], workloads: list[Workload], servers: Servers, core: int, directory: Path) -> dict:
    """Instructions per request by workload and client."""
    directory.mkdir(parents=True, exist_ok=True)
    result: dict[str, dict[str, float]] = {}
    for workload in workloads:
        say(f"{workload.name}: {workload.title}, under valgrind")
        for client in clients:
            if not client.counts_instructions:
                continue
            try:
                count = instructions(client, workload, servers, core, directory)
            except ClientFailure as failure:
                say(f"  {failure}")
                continue
            if count is not None:
                result.setdefault(workload.name, {})[client.name] = count
                say(f"  {client.name:14} {count:,.0f} instructions per request")
    say(f"The profiles are in {directory}")
    return result
