"""The programs that are compared, and one run of one of them."""

import functools
import json
import os
import shlex
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import machine
import wire
from servers import Servers
from workloads import Workload

#: The exit status of a client that cannot do a kind of work.
UNSUPPORTED = 3
#: Seconds after which a client is ended.
LONGEST = 300
SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt"


@dataclass(frozen=True)
class Client:
    """A program that follows the contract in Benchmarks/README.md."""

    name: str
    title: str
    command: tuple[str, ...]
    #: In a run without --quick and without names.
    is_default: bool = True
    #: Whether valgrind can run it.
    counts_instructions: bool = False
    #: Whether it trusts nothing but the system's roots, which the CA then has to stand in for.
    needs_system_roots: bool = False


def built_in(binaries: Path, benchmarks: Path, go: str, python: str) -> list[Client]:
    """The clients that come with the package."""
    curl, pool = str(binaries / "bench-curl"), str(binaries / "bench-pool")
    providers = str(binaries / "bench-providers")
    scripts = benchmarks / "clients" / "python"
    return [
        Client("c-poll", "C on libcurl, curl_multi_poll", (curl, "--drive", "poll"), counts_instructions=True),
        Client("c-epoll", "C on libcurl, multi_socket + epoll", (curl, "--drive", "epoll"), counts_instructions=True),
        Client("c-epoll-lazy", "C on libcurl, epoll, descriptors kept", (curl, "--drive", "epoll-lazy"), False),
        Client("pool-loop", "this package, on the loop", (pool, "--mode", "loop"), counts_instructions=True),
        Client("pool-tasks", "this package, off the loop", (pool, "--mode", "tasks"), counts_instructions=True),
        Client("chats-pooled", "chats through the pool", (providers, "--mode", "pooled")),
        Client("chats-unpooled", "a session per chat", (providers, "--mode", "unpooled")),
        Client("urlsession", "Foundation URLSession", (str(binaries / "bench-urlsession"),), needs_system_roots=True),
        Client("go", "Go net/http", (go,)),
        Client("aiohttp", "Python aiohttp", (python, str(scripts / "aiohttp_client.py"))),
        Client("httpx", "Python httpx", (python, str(scripts / "httpx_client.py"))),
    ]


def plugged_in(text: str) -> Client:
    """A client from `--client NAME=COMMAND`."""
    name, equals, command = text.partition("=")
    if not name or not equals or not command:
        raise SystemExit(f"bench: --client needs NAME=COMMAND, not '{text}'")
    return Client(name, name, tuple(shlex.split(command)))


class ClientFailure(Exception):
    """A client did not do its work."""


def arguments(workload: Workload, servers: Servers, warmup: float, seconds: float, quick: bool) -> list[str]:
    """What the client is called with, after its own command."""
    result = [workload.command]
    if workload.server not in (None, "simulator"):
        result += ["--url", servers.origin(workload.server) + workload.path]
        if result[-1].startswith("https:"):
            result += ["--ca", servers.ca]
    if workload.http2:
        result += ["--http2"]
    if workload.timed:
        result += ["--warmup", str(warmup), "--seconds", str(seconds)]
    if workload.posts:
        for header in wire.REQUEST_HEADERS:
            result += ["--header", header]
        result += ["--body", servers.body]
    if workload.posts and workload.expects_answer:
        result += ["--expect-bytes", str(len(wire.ANSWER_BODY))]
    own = workload.quick_arguments if quick and workload.quick_arguments is not None else workload.arguments
    return result + list(own)


@functools.cache
def can_replace_roots() -> bool:
    """Whether a process can be given other system roots, by a mount that only it sees."""
    try:
        allowed = subprocess.run(["unshare", "-rm", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        allowed = False
    if not allowed:
        say("  no namespaces here: clients that only trust the system's roots are left out of TLS")
    return allowed


@dataclass
class Run:
    """What one run of a client gave; `line` is None when it cannot do this work."""

    line: dict | None
    #: The share of the machine that somebody else used meanwhile.
    foreign: float


def run(client: Client, rest: list[str], servers: Servers, core: int) -> Run:
    """Runs a client to its end, pinned to its core."""
    begin, busy, served = time.monotonic(), machine.busy_seconds(), machine.process_seconds(servers.pids())
    command = ["taskset", "-c", str(core), *client.command, *rest]
    if client.needs_system_roots and "--ca" in rest:
        if not can_replace_roots():
            return Run(None, 0)
        command = ["unshare", "-rm", "sh", "-c", f'mount --bind "$0" {SYSTEM_ROOTS} && exec "$@"', servers.ca, *command]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    # One that hangs fails; it must not stop the others.
    limit = threading.Timer(LONGEST, process.kill)
    limit.daemon = True
    limit.start()
    try:
        output = process.stdout.readline()
        first_line = time.monotonic()
        output += process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        limit.cancel()
        process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - begin
    used = usage.ru_utime + usage.ru_stime + machine.process_seconds(servers.pids()) - served
    foreign = max(0.0, machine.busy_seconds() - busy - used) / (wall * (os.cpu_count() or 1))
    if process.returncode == UNSUPPORTED:
        return Run(None, foreign)
    if process.returncode != 0:
        raise ClientFailure(f"{client.name} ended with {process.returncode}: {shlex.join([*client.command, *rest])}")
    try:
        line = json.loads(output)
    except ValueError:
        raise ClientFailure(f"{client.name} did not print one line of JSON but: {output[:200]}") from None
    # A process inherits the maximum of the one that started it: better what the client says itself.
    line.setdefault("peak_kib", usage.ru_maxrss)
    line["process_ms"] = (first_line - begin) * 1000
    return Run(line, foreign)


def say(text: str, end: str = "\n") -> None:
    """Progress, beside the results on standard output."""
    print(text, end=end, file=sys.stderr, flush=True)
