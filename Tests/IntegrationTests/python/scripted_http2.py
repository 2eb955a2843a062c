"""An HTTP/2 server over TLS that follows a script, written frame by frame so that it can break the rules.

usage: scripted_http2.py CERTIFICATE KEY SCRIPT [NUMBER]

Prints its port, then a line for every request whose END_STREAM has come: "CONNECTION STREAM BYTES". The functions below say
what each script does; what a script leaves alone is answered with "ok".
"""

import socket
import ssl
import struct
import sys
import threading
import time

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
NO_ERROR, INTERNAL_ERROR, REFUSED_STREAM, CANCEL, HTTP_1_1_REQUIRED = 0, 2, 7, 8, 13
MAX_CONCURRENT_STREAMS = 3
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# Entries of HPACK's static table (RFC 7541, appendix A): ":status: 200" and, as a name, ":status".
STATUS_200 = b"\x88"
STATUS_413 = b"\x08\x03413"

number = int(sys.argv[4]) if len(sys.argv) > 4 else 0
script_name = sys.argv[3]
lock = threading.Lock()
connections = 0


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def ok(stream, status=STATUS_200):
    return frame(HEADERS, END_HEADERS, stream, status) + frame(DATA, END_STREAM, stream, b"ok")


def reset(stream, code):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def goaway(last, code=NO_ERROR):
    return frame(GOAWAY, 0, 0, struct.pack(">II", last, code))


def data(stream, count, flags=0):
    sizes = [min(16_384, count - start) for start in range(0, count, 16_384)]
    frames = [frame(DATA, 0, stream, b"a" * size) for size in sizes[:-1]]
    return b"".join(frames) + frame(DATA, flags, stream, b"a" * sizes[-1])


def literal(name, value):
    def string(text):
        if len(text) < 127:
            return bytes([len(text)]) + text
        rest, encoded = len(text) - 127, b"\x7f"
        while rest >= 128:
            encoded, rest = encoded + bytes([rest % 128 + 128]), rest // 128
        return encoded + bytes([rest]) + text

    return b"\x00" + string(name) + string(value)


def large_head(stream, count):
    """A header section of so many bytes, in as many CONTINUATION frames as it needs."""
    block = STATUS_200
    while len(block) < count:
        block += literal(b"x-large", b"a" * min(4_000, count))
    pieces = [block[i : i + 16_384] for i in range(0, len(block), 16_384)]
    frames = [frame(HEADERS if i == 0 else CONTINUATION, 0, stream, piece) for i, piece in enumerate(pieces)]
    last = frames[-1]
    frames[-1] = last[:4] + bytes([last[4] | END_HEADERS]) + last[5:]
    return b"".join(frames) + frame(DATA, END_STREAM, stream, b"ok")


class Connection:
    def __init__(self, tls, index):
        self.tls, self.index, self.uploads, self.ended = tls, index, {}, 0

    def send(self, data):
        self.tls.sendall(data)

    def receive(self, count):
        data = b""
        while len(data) < count:
            piece = self.tls.recv(count - len(data))
            if not piece:
                raise ConnectionError
            data += piece
        return data

    def close_notify(self):
        """Ends TLS and leaves TCP open."""
        self.tls.settimeout(0.2)
        try:
            self.tls.unwrap()
        except OSError:
            pass

    def wait_for_end(self):
        """Waits until the client has closed."""
        self.tls.settimeout(None)
        try:
            while self.tls.recv(4_096):
                pass
        except (OSError, ValueError):
            pass

    def serve(self):
        if self.receive(len(PREFACE)) != PREFACE:
            return
        self.send(frame(SETTINGS, 0, 0, settings()))
        while True:
            head = self.receive(9)
            length = int.from_bytes(head[:3], "big")
            kind, flags, stream = struct.unpack(">BBI", head[3:])
            payload = self.receive(length)
            if kind == SETTINGS and not flags & ACK:
                self.send(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                self.send(frame(PING, ACK, 0, payload))
            elif kind == HEADERS:
                self.uploads[stream] = 0
                began(self, stream)
            elif kind == DATA and stream in self.uploads:
                self.uploads[stream] += length
                if length:
                    update = struct.pack(">I", length)
                    self.send(frame(WINDOW_UPDATE, 0, 0, update) + frame(WINDOW_UPDATE, 0, stream, update))
            if kind in (HEADERS, DATA) and flags & END_STREAM and stream in self.uploads:
                size = self.uploads.pop(stream)
                self.ended += 1
                print(self.index, stream, size, flush=True)
                if ended(self, stream) == "stop":
                    return


def settings():
    return struct.pack(">HI", MAX_CONCURRENT_STREAMS, number) if script_name == "few_streams" else b""


def began(connection, stream):
    """A header section has come."""
    if script_name == "early_answer" and connection.index == 1 and stream == 1:
        # RFC 9113, section 8.1: a complete answer, and no wish to read the rest of the request.
        connection.send(
            frame(HEADERS, END_HEADERS, stream, STATUS_413) + frame(DATA, END_STREAM, stream, b"early") + reset(stream, NO_ERROR)
        )
        connection.uploads.pop(stream)


def first_after_one(connection):
    return connection.index == 1 and connection.ended == 2


def reset_while_paused(connection, stream):
    """Resets the first stream, whose reader takes nothing, when the second has begun, which never ends."""
    body = bytes([ord("a") + connection.ended - 1])
    connection.send(frame(HEADERS, END_HEADERS, stream, STATUS_200))
    if connection.ended == 2:
        return connection.send(frame(DATA, 0, stream, body) + reset(1, INTERNAL_ERROR))
    frames = [frame(DATA, 0, stream, body * 16_000) for _ in range(3)]
    connection.send(b"".join(frames))
    if connection.ended > 2:
        connection.send(frame(DATA, END_STREAM, stream))


def ended(connection, stream):
    """A request is complete."""
    if script_name == "close_notify" and first_after_one(connection):
        connection.close_notify()
        connection.wait_for_end()
        return "stop"
    if script_name == "fin" and first_after_one(connection):
        connection.tls.close()
        return "stop"
    if script_name == "breaks_protocol" and first_after_one(connection):
        # DATA of no stream is an error of the connection, whose client ends it by itself.
        return connection.send(frame(DATA, 0, 0, b"lost"))
    if script_name == "reset_while_paused":
        return reset_while_paused(connection, stream)
    if script_name == "reset_and_close" and first_after_one(connection):
        connection.send(reset(stream, INTERNAL_ERROR))
        connection.close_notify()
        connection.wait_for_end()
        return "stop"
    if script_name == "reset" and connection.index == 1 and connection.ended == 2:
        return connection.send(reset(stream, number))
    if script_name == "goaway_left_open" and first_after_one(connection):
        return connection.send(goaway(1))
    if script_name == "goaway_and_close" and first_after_one(connection):
        connection.send(goaway(1))
        return "stop"
    if script_name == "goaway_first" and connection.index == 1:
        return connection.send(goaway(0))
    if script_name == "goaway_first_and_close" and connection.index == 1:
        connection.send(goaway(0))
        return "stop"
    if script_name == "goaway_processed" and first_after_one(connection):
        # It names this request's stream as one that may have been processed, and closes.
        connection.send(goaway(stream))
        return "stop"
    if script_name == "cut_by_reset" and connection.index == 1:
        # Half a body, whose end is no END_STREAM.
        return connection.send(
            frame(HEADERS, END_HEADERS, stream, STATUS_200) + frame(DATA, 0, stream, b"half") + reset(stream, NO_ERROR)
        )
    if script_name.startswith("rest_after_sibling") and connection.ended == 1:
        # Less than the window that every client begins with. Without the length libcurl before 8.1 may not see the end: what
        # a sibling has read for a stream at rest pauses nghttp2, and the end of the frame is looked at with the next bytes only.
        head = STATUS_200 + literal(b"content-length", str(number).encode())
        return connection.send(frame(HEADERS, END_HEADERS, stream, head) + data(1, number // 2))
    if script_name.startswith("rest_after_sibling") and connection.ended == 2:
        connection.send(ok(stream) + data(1, number - number // 2, END_STREAM))
        return "stop" if script_name.endswith("and_close") else None
    if script_name == "large_head":
        return connection.send(large_head(stream, number))
    if script_name == "slow":
        time.sleep(number / 1_000)
    connection.send(ok(stream))


def handle(plain, context, index):
    try:
        tls = context.wrap_socket(plain, server_side=True)
        with tls:
            Connection(tls, index).serve()
            if script_name.startswith("goaway") or script_name == "rest_after_sibling_and_close":
                # Closed with something unread, the kernel would take back what was sent last.
                tls.shutdown(socket.SHUT_WR)
                while tls.recv(65_536):
                    pass
    except OSError:
        return  # the client has gone


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
context.set_alpn_protocols(["h2"])
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    while True:
        plain = listener.accept()[0]
        with lock:
            connections += 1
            threading.Thread(target=handle, args=(plain, context, connections), daemon=True).start()
