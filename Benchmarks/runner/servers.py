"""The servers that the clients talk to: nginx with one worker, our own for streams, all pinned to one core."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Iterator

import wire
# HTTP/2: nginx would answer before it has read the body and then reset the stream, which libcurl before 8.1 takes for an
# error. The echo module waits for the body.
NGINX = """
load_module /usr/lib/nginx/modules/ngx_http_echo_module.so;
daemon off;
worker_processes 1;
worker_rlimit_nofile 65536;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    keepalive_timeout 1h;
    keepalive_time 1d;
    keepalive_requests 1000000000;
    default_type application/json;
    ssl_certificate {directory}/server.pem;
    ssl_certificate_key {directory}/server.key;
    ssl_protocols TLSv1.3;
    log_format resumed "$ssl_session_reused";

    server {{ listen 127.0.0.1:{plain}; {answer} }}
    server {{ listen 127.0.0.1:{tls} ssl; {answer} }}
    server {{ listen 127.0.0.1:{h2} ssl http2; {answer_to_body} }}

    # A new connection for every request: the server closes, so that no client needs an option for it.
    server {{ listen 127.0.0.1:{fresh}; keepalive_requests 1; {answer} }}
    server {{
        listen 127.0.0.1:{fresh_tls} ssl;
        keepalive_requests 1;
        ssl_session_tickets off;
        ssl_session_cache off;
        access_log {directory}/fresh_tls.log resumed buffer=64k flush=1s;
        {answer}
    }}
    server {{
        listen 127.0.0.1:{resumed_tls} ssl;
        keepalive_requests 1;
        access_log {directory}/resumed_tls.log resumed buffer=64k flush=1s;
        {answer}
    }}
}}
"""

PORTS = ["plain", "tls", "h2", "fresh", "fresh_tls", "resumed_tls"]


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"bench: openssl {arguments[0]} failed: {done.stdout}")


def make_certificates(directory: Path) -> None:
    """A CA and a certificate for 127.0.0.1, both with P-256 keys."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
    _openssl(
        "req", "-x509", *key, "-days", "30", "-subj", "/CN=Benchmark CA",
        "-keyout", f"{directory}/ca.key", "-out", f"{directory}/ca.pem",
    )  # fmt: skip
    _openssl(
        "req", *key, "-subj", "/CN=localhost",
        "-keyout", f"{directory}/server.key", "-out", f"{directory}/server.csr",
    )  # fmt: skip
    (directory / "server.ext").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n", encoding="ascii")
    _openssl(
        "x509", "-req", "-days", "30", "-in", f"{directory}/server.csr", "-extfile", f"{directory}/server.ext",
        "-CA", f"{directory}/ca.pem", "-CAkey", f"{directory}/ca.key", "-CAcreateserial",
        "-out", f"{directory}/server.pem",
    )  # fmt: skip


class Servers:
    """All servers of a run; leave the `with` block to end them."""

    def __init__(self, binaries: Path, core: int):
        self.binaries = binaries
        self.core = core
        self.ports: dict[str, int] = {}
        self.processes: list[subprocess.Popen] = []
        self._directory = tempfile.TemporaryDirectory(prefix="session-pool-bench-")
        self.directory = Path(self._directory.name)

    def __enter__(self) -> "Servers":
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end(self.processes)
        self._directory.cleanup()

    @staticmethod
    def _end(processes: list[subprocess.Popen]) -> None:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()

    @property
    def ca(self) -> str:
        """The file with the certificate to trust."""
        return str(self.directory / "ca.pem")

    @property
    def body(self) -> str:
        """The file with the body of every request."""
        return str(self.directory / "request.json")

    def origin(self, server: str) -> str:
        """Where a server answers."""
        scheme = "https" if server in ("tls", "h2", "fresh_tls", "resumed_tls") else "http"
        return f"{scheme}://127.0.0.1:{self.ports[server]}"

    def pids(self) -> list[int]:
        """All processes of the servers, nginx's worker included."""
        pids = []
        for process in self.processes:
            pids.append(process.pid)
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            pids += [int(pid) for pid in children.read_text(encoding="ascii").split()] if children.exists() else []
        return pids

    def counts_resumption(self, server: str | None) -> bool:
        """Whether a server writes down which of its TLS connections were resumed."""
        return server in ("fresh_tls", "resumed_tls")

    def resumed_share(self, server: str) -> float:
        """The share of TLS connections that were resumed, counted by the server since this was last asked."""
        log = self.directory / f"{server}.log"
        # nginx opens its logs anew and so writes what it still holds.
        os.kill(self.processes[0].pid, signal.SIGUSR1)
        time.sleep(0.2)
        entries = log.read_text(encoding="ascii").split()
        os.truncate(log, 0)
        return entries.count("r") / len(entries) if entries else 0.0

    # The start

    def _start(self) -> None:
        make_certificates(self.directory)
        (self.directory / "request.json").write_bytes(wire.REQUEST_BODY)
        self.ports = dict(zip(PORTS, _free_ports(len(PORTS)), strict=True))
        body = wire.ANSWER_BODY.decode()
        answer = f"location / {{ return 200 '{body}'; }}"
        answer_to_body = (
            f"location / {{ add_header Content-Length {len(body)}; echo_read_request_body; echo -n '{body}'; }}"
        )
        text = NGINX.format(directory=self.directory, answer=answer, answer_to_body=answer_to_body, **self.ports)
        (self.directory / "nginx.conf").write_text(text, encoding="utf-8")
        self._run(["nginx", "-p", str(self.directory), "-c", str(self.directory / "nginx.conf")])
        for port in self.ports.values():
            self._wait_for(port)
        self.ports["events"] = self._start_telling("bench-sse-server")["port"]

    def _run(self, command: list[str], **options: object) -> subprocess.Popen:
        # Its own process group: Ctrl-C ends the runner first, which then ends the servers.
        process = subprocess.Popen(
            ["taskset", "-c", str(self.core), *command], start_new_session=True, text=True, **options
        )
        self.processes.append(process)
        return process

    def _wait_for(self, port: int) -> None:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.processes[-1].poll() is not None:
                    raise SystemExit("bench: a server did not start") from None
                time.sleep(0.02)

    def _start_telling(self, program: str) -> dict:
        """Starts a server that prints a line of JSON when it is ready."""
        process = self._run([str(self.binaries / program)], stdout=subprocess.PIPE)
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"bench: {program} did not start")
        return json.loads(line)

    @contextlib.contextmanager
    def simulator(self) -> Iterator[str]:
        """The simulated providers, and where they are."""
        facts = self._start_telling("bench-simulator")
        process = self.processes[-1]
        try:
            yield json.dumps(facts)
        finally:
            self.processes.remove(process)
            self._end([process])
