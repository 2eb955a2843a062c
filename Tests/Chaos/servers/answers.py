"""What the servers answer: bodies that carry their request's number, and what was seen of each number."""

import time
import zlib

PERIOD = 65_521
LONGEST = 524_288


def table():
    """Bytes whose place in them can be told: those of a linear congruential generator."""
    state, bytes_ = 1, bytearray()
    for _ in range(PERIOD):
        state = (state * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
        bytes_.append(state >> 16 & 0xFF)
    return bytes(bytes_)


TABLE = table() * (LONGEST // PERIOD + 3)

# How often each POST that the server may have acted on was seen.
POSTS = {}
# Numbers of all methods that were met by a fault already: what is sent again is answered well.
MET = set()
SEEN = {"requests": 0, "connections": 0, "wrong_bodies": []}


def payload(number, length):
    start = number * 7_919 % PERIOD
    return TABLE[start:start + length]


def body(number, length, poisoned=0, kind="answer"):
    """A line that says whose the bytes are, when they were sent and how many follow, and the bytes."""
    bytes_ = payload(number, length)
    line = f"chaos {kind} {number} {time.monotonic_ns()} {poisoned} {length} {zlib.crc32(bytes_)}\n"
    return line.encode() + bytes_


def stamp(number, poisoned=0, kind="answer"):
    """The field by which an answer without a body can be told from others."""
    return f"X-Chaos: {kind} {number} {time.monotonic_ns()} {poisoned}\r\n".encode()


def unasked(number):
    """A whole answer that nobody asked for; `number` is the last one that was answered on the connection."""
    content = body(number, 0, 1, "unasked")
    fields = stamp(number, 1, "unasked") + b"Content-Length: %d\r\n" % len(content)
    return b"HTTP/1.1 408 Request Timeout\r\n" + fields + b"\r\n" + content


class Request:
    """A request's number and what is to happen to it.

    /NUMBER?len=BYTES&enc=cl|ch|cd&fault=NAME&delay=MS&d=MS
    """

    __slots__ = ("method", "number", "length", "encoding", "fault", "delay", "d", "known")

    def __init__(self, method, target):
        path, _, query = target.partition("?")
        values = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)
        self.method = method
        self.known = path[1:].isdigit()
        self.number = int(path[1:]) if self.known else 0
        self.length = min(int(values.get("len", 0)), LONGEST)
        self.encoding = values.get("enc", "cl")
        self.fault = values.get("fault", "none")
        self.delay = int(values.get("delay", 0)) / 1_000
        self.d = int(values.get("d", 0)) / 1_000
        SEEN["requests"] += 1

    def acted_on(self):
        """The request was seen: a POST that comes again was sent twice."""
        if not self.known:
            return
        if self.method == "POST":
            POSTS[self.number] = POSTS.get(self.number, 0) + 1
        self.sent_again()

    def sent_again(self):
        """What was met by a fault once is answered well when it is sent again."""
        if self.number in MET:
            if self.fault not in ("lateclose", "connclose", "drip"):
                self.fault = "none"
        elif self.fault != "none":
            MET.add(self.number)

    def check_body(self, received):
        """A request's body has the form of an answer's; others have none."""
        if not received:
            return
        line, _, rest = received.partition(b"\n")
        words = line.split()
        if (
            len(words) != 7 or int(words[2]) != self.number or int(words[5]) != len(rest)
            or rest != payload(self.number, len(rest)) or int(words[6]) != zlib.crc32(rest)
        ):
            SEEN["wrong_bodies"].append(self.number)
