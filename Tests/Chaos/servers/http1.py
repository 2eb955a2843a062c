"""HTTP/1.1 as well as it should be, and as badly as asked for."""

import asyncio
import os
import re

from answers import SEEN, Request, body, stamp, unasked

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


class HTTP1:
    def __init__(self, connection):
        self.connection, self.buffer = connection, bytearray()
        # The request whose body is awaited, and how long that is.
        self.request, self.missing = None, 0
        self.poisoned, self.tasks = 0, set()
        SEEN["connections"] += 1

    def lost(self):
        for task in self.tasks:
            task.cancel()

    def received(self, data):
        self.buffer += data
        while not self.connection.closed:
            if self.request is None:
                end = self.buffer.find(b"\r\n\r\n")
                if end < 0:
                    return
                head = bytes(self.buffer[:end])
                del self.buffer[:end + 4]
                line = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
                self.request = Request(line[0], line[1])
                self.request.acted_on()
                length = LENGTH.search(head)
                self.missing = int(length[1]) if length else 0
                if self.missing and self.request.fault in ("reset", "close") and self.request.d > 0:
                    return self.answer(self.request)  # in the middle of the upload
            if len(self.buffer) < self.missing:
                return
            request, content = self.request, bytes(self.buffer[:self.missing])
            del self.buffer[:self.missing]
            self.request, self.missing = None, 0
            request.check_body(content)
            self.answer(request)

    def answer(self, request):
        if request.delay:
            self.later(request.delay, lambda: self.act(request))
        else:
            self.act(request)

    def later(self, seconds, action):
        async def wait():
            await asyncio.sleep(seconds)
            if not self.connection.closed:
                action()

        self.start(wait())

    def start(self, coroutine):
        task = asyncio.get_running_loop().create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def act(self, request):
        connection, fault = self.connection, request.fault
        if fault == "close":
            connection.end()
        elif fault == "reset":
            connection.reset()
        elif fault == "hang":
            connection.hang_port(request.d)
            self.later(0.02, connection.end)
        elif fault == "stall":
            pass
        elif fault == "garbage":
            self.garbage(request)
        elif fault in ("cut", "cutreset", "stallmid"):
            whole = self.whole(request)
            connection.write(whole[:max(1, len(whole) * (request.number % 97) // 97)])
            if fault == "cutreset":
                self.later(0.001, connection.reset)
            elif fault == "cut":
                connection.end() if request.number % 2 and request.encoding != "cd" else connection.cut()
        elif fault == "drip":
            self.start(self.drip(request))
        else:
            self.complete(request, fault)

    def complete(self, request, fault):
        """A whole answer, and what comes after it."""
        connection = self.connection
        if fault in ("unasked", "twice", "headbody"):
            self.poisoned = 1
        connection.write(self.whole(request))
        if request.encoding == "cd" or fault == "connclose":
            connection.end()
        elif fault == "lateclose":
            self.later(request.d, connection.end) if request.d else connection.end()
        elif fault == "unasked" or (fault == "headbody" and request.method == "HEAD"):
            self.later(request.d, lambda: connection.write(unasked(request.number)))
        elif fault == "twice":
            self.later(request.d, lambda: connection.write(self.whole(request)))

    def garbage(self, request):
        if request.number % 3 == 0:
            self.connection.write(os.urandom(64) + b"\r\n\r\n")
        elif request.number % 3 == 1:
            self.connection.raw(os.urandom(64))
        else:
            self.connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: junk\r\n\r\n")
        self.later(0.05, self.connection.end)

    def whole(self, request):
        """Head and body as they go on the wire."""
        fields = stamp(request.number, self.poisoned)
        if request.encoding == "cd" or request.fault == "connclose":
            fields += b"Connection: close\r\n"
        if not request.known or request.method == "HEAD":
            length = 0 if not request.known else request.length
            return b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: %d\r\n\r\n" % length
        content = body(request.number, request.length, self.poisoned)
        if request.encoding == "ch":
            return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + fields + b"\r\n" + chunked(content)
        if request.encoding == "cl":
            fields += b"Content-Length: %d\r\n" % len(content)
        return b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n" + content

    async def drip(self, request):
        whole, sent, step = self.whole(request), 0, 1
        while sent < len(whole) and not self.connection.closed:
            self.connection.write(whole[sent:sent + step])
            sent, step = sent + step, min(step * 3, 40_000)
            await asyncio.sleep(0.002)
        if request.encoding == "cd":
            self.connection.end()


def chunked(content):
    """Chunks of many sizes."""
    pieces, start, size = [], 0, 1 + len(content) % 13
    while start < len(content):
        piece = content[start:start + size]
        pieces.append(b"%x\r\n%b\r\n" % (len(piece), piece))
        start, size = start + size, min(size * 5, 16_384)
    pieces.append(b"0\r\n\r\n")
    return b"".join(pieces)
