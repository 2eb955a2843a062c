"""An HTTP/2 server that refuses the first requests, whatever they ask for, and answers the others with "ok".

usage: refusing_http2.py CERTIFICATE KEY COUNT

Prints its port, then a line for every request: "refused" or "answered".
"""

import socket
import ssl
import struct
import sys
import threading

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1
REFUSED_STREAM = 7
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# The eighth entry of HPACK's static table (RFC 7541, appendix A): ":status: 200".
STATUS_200 = b"\x88"

to_refuse = int(sys.argv[3])
lock = threading.Lock()


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def receive(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


def refuses():
    global to_refuse
    with lock:
        to_refuse -= 1
        refused = to_refuse >= 0
        print("refused" if refused else "answered", flush=True)
    return refused


def serve(connection):
    with connection:
        if receive(connection, len(PREFACE)) != PREFACE:
            return
        connection.sendall(frame(SETTINGS, 0, 0))
        refused = set()
        while True:
            head = receive(connection, 9)
            length = int.from_bytes(head[:3], "big")
            kind, flags, stream = struct.unpack(">BBI", head[3:])
            payload = receive(connection, length)
            if kind == SETTINGS and not flags & ACK:
                connection.sendall(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                connection.sendall(frame(PING, ACK, 0, payload))
            elif kind == GOAWAY:
                return
            elif kind == HEADERS and refuses():
                connection.sendall(frame(RST_STREAM, 0, stream, struct.pack(">I", REFUSED_STREAM)))
                refused.add(stream)
            elif kind in (HEADERS, DATA) and flags & END_STREAM and stream not in refused:
                answer = frame(HEADERS, END_HEADERS, stream, STATUS_200) + frame(DATA, END_STREAM, stream, b"ok")
                connection.sendall(answer)


def handle(plain, context):
    try:
        serve(context.wrap_socket(plain, server_side=True))
    except OSError:
        return  # the client has gone


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
context.set_alpn_protocols(["h2"])
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=handle, args=(listener.accept()[0], context), daemon=True).start()
