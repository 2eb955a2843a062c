import Glibc

/// One accepted connection: reads requests, runs the steps of their replies, counts, until one side ends it.
///
/// The thread that runs `serve()` is the only one that reads, writes and closes the descriptor; another thread may
/// shut an idle one down, under the lock that also guards the close.
final class LoopbackConnection: Sendable {
    private struct Lifecycle {
        var isOpen = true
        var isIdle = false
        var isShut = false
        var resets = false
    }

    /// Why a connection ends.
    private enum End: Error {
        case peerClosed
        case serverStopped
        case closed
        case reset
        case notHTTP
    }

    let index: Int
    private let descriptor: Int32
    private let server: LoopbackServer
    private let lifecycle = Guarded(Lifecycle())

    /// `POLLRDHUP`, which Glibc hides behind `_GNU_SOURCE`.
    private static let hangUp: Int16 = 0x2000
    private static let recordedBody = 1 << 20
    private static let stallMilliseconds: Int32 = 333

    init(descriptor: Int32, index: Int, server: LoopbackServer) {
        self.descriptor = descriptor
        self.index = index
        self.server = server
        if server.options.unixSocketPath == nil { Socket.setNoDelay(descriptor) }
        if let size = server.options.sendBuffer { Socket.set(SO_SNDBUF, size, on: descriptor) }
    }

    /// Serves until an end; closes the descriptor and tells the server.
    func serve() {
        do {
            try run(server.options.onConnect(index))
            var input: [UInt8] = []
            var number = 0
            while true {
                try serveRequest(number, from: &input)
                number += 1
            }
        } catch {
            lifecycle.withLock { lifecycle in
                if lifecycle.resets || error == .reset { Socket.resetOnClose(descriptor) }
                lifecycle.isOpen = false
                close(descriptor)
            }
            setIdle(false)
        }
        server.forget(self)
    }

    /// Shuts the connection down if it waits for a request; its thread then closes it.
    func closeIfIdle(reset: Bool) -> Bool {
        lifecycle.withLock { lifecycle in
            guard lifecycle.isOpen, lifecycle.isIdle, !lifecycle.isShut else { return false }
            lifecycle.isShut = true
            lifecycle.resets = reset
            // For RST only the reading side is shut, which sends nothing; the close then resets.
            shutdown(descriptor, reset ? Int32(SHUT_RD) : Int32(SHUT_RDWR))
            return true
        }
    }

    private func setIdle(_ isIdle: Bool) {
        let changed = lifecycle.withLock { lifecycle in
            defer { lifecycle.isIdle = isIdle }
            return lifecycle.isIdle != isIdle
        }
        if changed { server.observed.update { $0.idleConnections += isIdle ? 1 : -1 } }
    }

    // MARK: Requests

    private func serveRequest(_ number: Int, from input: inout [UInt8]) throws(End) {
        setIdle(input.isEmpty)
        var request = try readHead(from: &input)
        request.connection = index
        request.indexOnConnection = number
        if server.options.readsBodies {
            if request["Expect"]?.lowercased() == "100-continue" {
                try send(LoopbackReply.head(status: 100, headers: []))
            }
            try readBody(of: &request, from: &input)
        }
        let received = request
        request.index = server.observed.update { counts in
            var received = received
            received.index = counts.requests.count
            counts.requests.append(received)
            counts.requestsInFlight += 1
            counts.peakRequestsInFlight = max(counts.peakRequestsInFlight, counts.requestsInFlight)
            return received.index
        }
        var isInFlight = true
        func end() {
            if isInFlight { server.observed.update { $0.requestsInFlight -= 1 } }
            isInFlight = false
        }
        defer { end() }
        try run(server.handler(request).steps(answering: request.method), beforeLastBytes: end)
        if request.asksToClose { throw .closed }
    }

    private func readHead(from input: inout [UInt8]) throws(End) -> LoopbackRequest {
        while true {
            if let end = Self.endOfHead(input) {
                guard let request = LoopbackRequest(head: input[..<end]) else { throw .notHTTP }
                input.removeFirst(end + 4)
                return request
            }
            try receive(into: &input)
            setIdle(false)
        }
    }

    private func readBody(of request: inout LoopbackRequest, from input: inout [UInt8]) throws(End) {
        switch request.framing {
        case .length(let length):
            try readBytes(length, into: &request, from: &input)
        case .chunked:
            while true {
                let line = try readLine(from: &input)
                guard let length = Int(line.prefix { $0 != ";" }, radix: 16) else { throw .notHTTP }
                try readBytes(length, into: &request, from: &input)
                _ = try readLine(from: &input)
                if length == 0 { return }
            }
        }
    }

    private func readBytes(_ count: Int, into request: inout LoopbackRequest, from input: inout [UInt8]) throws(End) {
        var remaining = count
        while remaining > 0 {
            if input.isEmpty {
                if let pause = server.options.bodyReadPause { try wait(milliseconds: Int32(pause / .milliseconds(1))) }
                try receive(into: &input)
            }
            let taken = min(remaining, input.count)
            request.body += input.prefix(min(taken, Self.recordedBody - request.body.count))
            request.bodyLength += taken
            remaining -= taken
            input.removeFirst(taken)
        }
    }

    private func readLine(from input: inout [UInt8]) throws(End) -> String {
        while true {
            if let end = input.firstIndex(of: 10) {
                defer { input.removeFirst(end + 1) }
                return String(decoding: input[..<end].filter { $0 != 13 }, as: UTF8.self)
            }
            try receive(into: &input)
        }
    }

    private static func endOfHead(_ input: [UInt8]) -> Int? {
        guard input.count >= 4 else { return nil }
        return (0...(input.count - 4)).first { index in
            input[index] == 13 && input[index + 1] == 10 && input[index + 2] == 13 && input[index + 3] == 10
        }
    }

    // MARK: Steps

    private func run(_ steps: [LoopbackReply.Step], beforeLastBytes end: () -> Void = {}) throws(End) {
        let last = steps.lastIndex { if case .close = $0 { false } else if case .reset = $0 { false } else { true } }
        for (index, step) in steps.enumerated() {
            // The peer may make its next request, on another connection, before this thread is back from sending.
            if index == last, case .send = step { end() }
            switch step {
            case .send(let bytes): try send(bytes)
            case .answer(let head, let body): try send(head + body)
            case .sendForever(let bytes): try sendForever(bytes)
            case .wait(let gate): try wait(gate: gate.descriptor)
            case .pause(let duration): try wait(milliseconds: Int32(duration / .milliseconds(1)))
            case .hold: try wait()
            case .close: throw .closed
            case .reset: throw .reset
            }
        }
    }

    /// Waits for a gate or a time, but no longer than the peer or the server lives.
    private func wait(gate: Int32 = -1, milliseconds: Int32 = -1) throws(End) {
        let ready = try poll(events: Self.hangUp, also: gate, milliseconds: milliseconds)
        if ready.own { throw .peerClosed }
    }

    // MARK: Bytes

    private func receive(into input: inout [UInt8]) throws(End) {
        _ = try poll(events: Int16(POLLIN))
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        guard count != 0 else { throw .peerClosed }
        guard count > 0 else {
            if errno == EAGAIN || errno == EINTR { return }
            throw .peerClosed
        }
        input += buffer[..<count]
        server.observed.update { $0.bytesRead += count }
    }

    private func send(_ bytes: [UInt8]) throws(End) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes { rest in
                unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
                server.observed.update { $0.bytesWritten += count }
            } else if errno == EAGAIN {
                try waitUntilWritable()
            } else if errno != EINTR {
                throw .peerClosed
            }
        }
    }

    private func sendForever(_ bytes: [UInt8]) throws(End) {
        while true {
            // Looks at the server's end too, which a peer that reads as fast as this writes would hide.
            _ = try poll(events: 0, milliseconds: 0)
            try send(bytes)
        }
    }

    private func waitUntilWritable() throws(End) {
        let events = Int16(POLLOUT) | Self.hangUp
        if try poll(events: events, milliseconds: Self.stallMilliseconds).own { return }
        server.observed.update { $0.stalledWriters += 1 }
        defer { server.observed.update { $0.stalledWriters -= 1 } }
        _ = try poll(events: events)
    }

    /// Waits for an event of the connection, of another descriptor, or for a time.
    private func poll(
        events: Int16,
        also other: Int32 = -1,
        milliseconds: Int32 = -1
    ) throws(End) -> (own: Bool, other: Bool) {
        while true {
            var set = [
                pollfd(fd: server.stopping.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptor, events: events, revents: 0),
                pollfd(fd: other, events: Int16(POLLIN), revents: 0),
            ]
            let count = unsafe Glibc.poll(&set, 3, milliseconds)
            if count < 0 && errno == EINTR { continue }
            if set[0].revents != 0 { throw .serverStopped }
            return (set[1].revents != 0, set[2].revents != 0)
        }
    }
}
