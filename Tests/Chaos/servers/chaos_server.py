#!/usr/bin/env python3
"""The servers of Scripts/chaos: HTTP/1.1 over plain TCP and TLS, HTTP/2 over TLS, and ports at which connecting hangs.

  chaos_server.py CERTIFICATE KEY [HANGING_PORTS]

Prints one line of JSON with its ports, serves until standard input ends, and prints what it has seen in a second line.
What happens to a request is asked for in its query; see `Request`.
"""

import asyncio
import json
import socket
import ssl
import struct
import sys

from answers import POSTS, SEEN
from http1 import HTTP1
from http2 import HTTP2


class Connection(asyncio.Protocol):
    """One TCP connection, with or without TLS: TLS by hand, so that it can be ended in every way."""

    def __init__(self, context, port):
        self.context, self.port = context, port
        self.transport = self.tls = self.handler = None

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.context is None:
            self.handler = HTTP1(self)
        else:
            self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            self.tls = self.context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    def connection_lost(self, error):
        if self.handler:
            self.handler.lost()

    def data_received(self, data):
        if self.tls is None:
            return self.handler.received(data)
        self.incoming.write(data)
        try:
            if self.handler is None:
                self.tls.do_handshake()
                self.handler = HTTP2(self) if self.tls.selected_alpn_protocol() == "h2" else HTTP1(self)
            self.flush()
            while not self.closed and (plain := self.tls.read(262144)):
                self.handler.received(plain)
        except ssl.SSLWantReadError:
            self.flush()
        except ssl.SSLError:
            self.transport.abort()

    def flush(self):
        if data := self.outgoing.read():
            self.transport.write(data)

    @property
    def closed(self):
        return self.transport.is_closing()

    def write(self, data):
        if self.closed:
            return
        if self.tls is None:
            return self.transport.write(data)
        try:
            self.tls.write(data)
            self.flush()
        except ssl.SSLError:
            self.transport.abort()

    def raw(self, data):
        """Bytes below TLS."""
        if not self.closed:
            self.transport.write(data)

    def end(self):
        """As the protocols want it: close_notify, then FIN, after everything that was written."""
        if self.closed:
            return
        if self.tls is not None:
            try:
                self.tls.unwrap()
            except ssl.SSLError:
                pass
            self.flush()
        self.transport.close()

    def cut(self):
        """FIN without close_notify, after everything that was written."""
        self.transport.close()

    def reset(self):
        if not self.closed:
            linger = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.transport.abort()

    def hang_port(self, seconds):
        if self.port is not None:
            self.port.hang(seconds)


class HangingPort:
    """A port that stops accepting for a while: its queue is full, so the kernel drops what wants to connect."""

    def __init__(self, context, with_ipv6):
        self.context, self.filling, self.hangs = context, [], False
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.listener.listen(0)
        self.listener.setblocking(False)
        asyncio.get_running_loop().add_reader(self.listener, self.accept)
        self.never = self.never_answers() if with_ipv6 else None

    def never_answers(self):
        """The same port of ::1, which nobody ever answers at: the first of the name's two addresses."""
        try:
            listener = socket.socket(socket.AF_INET6)
            listener.bind(("::1", self.port))
            listener.listen(0)
            self.fill(("::1", self.port), socket.AF_INET6)
            return listener, self.filling
        except OSError:  # no IPv6 here: the address is refused at once
            return None
        finally:
            self.filling = []

    def fill(self, address, family):
        for _ in range(4):
            filler = socket.socket(family)
            filler.setblocking(False)
            filler.connect_ex(address)
            self.filling.append(filler)

    def accept(self):
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            accepted.setblocking(False)
            loop.create_task(loop.connect_accepted_socket(lambda: Connection(self.context, self), accepted))

    def hang(self, seconds):
        if self.hangs:
            return
        self.hangs = True
        loop = asyncio.get_running_loop()
        loop.remove_reader(self.listener)
        self.fill(("127.0.0.1", self.port), socket.AF_INET)
        loop.call_later(seconds, self.recover)

    def recover(self):
        for filler in self.filling:
            filler.close()
        self.filling, self.hangs = [], False
        asyncio.get_running_loop().add_reader(self.listener, self.accept)
        self.accept()


def tls_context(certificate, key, protocols):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(protocols)
    return context


async def main():
    certificate, key = sys.argv[1:3]
    hanging = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    contexts = {
        "plain": None,
        "tls": tls_context(certificate, key, ["http/1.1"]),
        "h2": tls_context(certificate, key, ["h2", "http/1.1"]),
    }
    ports, servers = {}, []
    for name, context in contexts.items():
        server = await loop.create_server(
            lambda context=context: Connection(context, None), "127.0.0.1", 0, backlog=1024
        )
        servers.append(server)
        ports[name] = server.sockets[0].getsockname()[1]
    hanging_ports = [HangingPort(contexts["tls"] if n % 2 else None, n >= 2) for n in range(hanging)]
    ports["hang"] = [port.port for port in hanging_ports]
    print(json.dumps(ports), flush=True)

    def read_input():
        if not sys.stdin.buffer.read1(4096) and not ended.done():
            ended.set_result(None)

    loop.add_reader(sys.stdin, read_input)
    await ended
    twice = sorted(number for number, count in POSTS.items() if count > 1)
    print(json.dumps({**SEEN, "posts": len(POSTS), "posts_twice": twice}), flush=True)


asyncio.run(main())
