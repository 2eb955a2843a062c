"""HTTP/2 as well as it should be, and as badly as asked for."""

import asyncio
import os

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
from hyperframe.frame import GoAwayFrame

from answers import SEEN, Request, body, stamp

CODES = [h2.errors.ErrorCodes.CANCEL, h2.errors.ErrorCodes.INTERNAL_ERROR, h2.errors.ErrorCodes.NO_ERROR]


class HTTP2:
    def __init__(self, connection):
        self.connection, self.tasks = connection, set()
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.initiate_connection()
        # Requests by stream with what has come of their bodies; what is still to be sent by stream, and how it ends.
        self.requests, self.unsent = {}, {}
        # The highest stream that was acted on, and the one up to which that was promised by a GOAWAY.
        self.acted, self.last = 0, None
        SEEN["connections"] += 1
        self.flush()

    def lost(self):
        for task in self.tasks:
            task.cancel()

    def flush(self):
        if data := self.h2.data_to_send():
            self.connection.write(data)

    def received(self, data):
        try:
            events = self.h2.receive_data(data)
        except h2.exceptions.ProtocolError:
            self.flush()
            return self.connection.end()
        for event in events:
            self.take(event)
        self.send()

    def take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            if self.last is not None and event.stream_id > self.last:
                return  # RFC 9113, 6.8: it comes after a GOAWAY and is ignored
            fields = dict(event.headers)
            self.requests[event.stream_id] = (Request(fields[":method"], fields[":path"]), bytearray())
        elif isinstance(event, h2.events.DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if event.stream_id in self.requests:
                self.requests[event.stream_id][1].extend(event.data)
        elif isinstance(event, h2.events.StreamEnded):
            if known := self.requests.pop(event.stream_id, None):
                self.whole_request(event.stream_id, *known)
        elif isinstance(event, h2.events.StreamReset):
            self.requests.pop(event.stream_id, None)
            self.unsent.pop(event.stream_id, None)
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.connection.end()

    def whole_request(self, stream, request, content):
        if self.last is not None and stream > self.last:
            return
        if request.fault in ("refused", "goawaybelow"):
            # Never acted on: it may come again, whatever its method.
            fault = request.fault
            request.sent_again()
            if request.fault == fault:
                return self.refuse(stream, fault)
        self.acted = max(self.acted, stream)
        request.check_body(bytes(content))
        request.acted_on()
        if request.delay:
            self.later(request.delay, lambda: self.act(stream, request))
        else:
            self.act(stream, request)

    def refuse(self, stream, fault):
        # Streams above this one may have been acted on: then it cannot be cut off below.
        if fault == "refused" or self.acted > stream:
            self.reset(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
        else:
            self.goaway(self.acted)

    def later(self, seconds, action):
        async def wait():
            await asyncio.sleep(seconds)
            if not self.connection.closed:
                action()
                self.send()

        task = asyncio.get_running_loop().create_task(wait())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def reset(self, stream, code):
        try:
            self.h2.reset_stream(stream, code)
        except h2.exceptions.ProtocolError:
            pass  # it has ended meanwhile
        self.flush()

    def act(self, stream, request):
        fault, connection = request.fault, self.connection
        if fault == "stall":
            return
        if fault == "close":
            return connection.end()
        if fault == "reset":
            return connection.reset()
        if fault == "garbage":
            return connection.write(os.urandom(64)) if request.number % 2 else connection.raw(os.urandom(64))
        if fault == "rst":
            return self.reset(stream, CODES[request.number % 3])
        content = b"" if not request.known or request.method == "HEAD" else body(request.number, request.length)
        headers = [(":status", "200"), ("x-chaos", stamp(request.number).decode()[9:-2])]
        if request.encoding != "cd" and request.method != "HEAD":
            headers.append(("content-length", str(len(content))))
        try:
            self.h2.send_headers(stream, headers, end_stream=not content)
        except h2.exceptions.ProtocolError:
            return
        end = "end"
        if fault in ("cut", "stallmid", "rstmid", "lie"):
            content = content[:max(1, len(content) * (request.number % 97) // 97)]
            end = fault
            if fault == "lie" and request.encoding == "cd":
                end = "rstmid"  # without a length nothing tells that it is cut
        if content:
            self.unsent[stream] = [content, end, CODES[request.number % 2]]
        if fault == "goaway":
            # After this answer, and those of the other streams, the connection ends.
            self.send()
            self.goaway(max(self.acted, *self.requests) if self.requests else self.acted)

    def goaway(self, last):
        """No stream above `last` is acted on any more; those up to it are answered, and the connection ends."""
        if self.last is not None:
            return
        self.last = last
        # h2's own close_connection forbids to send the rest of the answers.
        self.connection.write(GoAwayFrame(0, last_stream_id=last, error_code=0).serialize())
        self.later(0.2, self.connection.end)

    def send(self):
        """Sends what the windows allow."""
        for stream in list(self.unsent):
            try:
                self.send_stream(stream)
            except h2.exceptions.ProtocolError:
                self.unsent.pop(stream, None)
        if not self.connection.closed:
            self.flush()

    def send_stream(self, stream):
        content, end, code = self.unsent[stream]
        while content:
            size = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(content))
            if size <= 0:
                self.unsent[stream][0] = content
                return
            self.h2.send_data(stream, content[:size])
            content = content[size:]
        del self.unsent[stream]
        if end in ("end", "lie"):
            self.h2.end_stream(stream)
        elif end == "rstmid":
            self.h2.reset_stream(stream, code)
        elif end == "cut":
            self.flush()
            self.connection.cut()
