import CLinux
import Foundation
import Glibc

/// A TCP server for tests: a raw socket, a thread for every connection, an answer written by the test.
///
/// It counts what matters for a pool - connections accepted, connections open, requests read - and every count can
/// be awaited. It lives until `stop()`; `LoopbackServer.serving(_:_:)` stops it at the end of a block.
package final class LoopbackServer: Sendable {
    /// Answers a request; runs on the connection's own thread.
    package typealias Handler = @Sendable (LoopbackRequest) -> LoopbackReply

    /// What the server does apart from answering.
    package struct Options: Sendable {
        package init() {}

        /// The loopback address to listen at; all of 127/8 works, so a test can have several "hosts".
        package var address = "127.0.0.1"
        /// Listens at a path of the file system instead of an address.
        package var unixSocketPath: String?
        /// False: the handler is called after the head and the body stays unread, as a server that stops reading.
        package var readsBodies = true
        /// How long to wait before each piece of a body is read: a slow network.
        package var bodyReadPause: Duration?
        /// The size of a connection's send buffer in bytes; small ones make back-pressure visible early.
        package var sendBuffer: Int32?
        /// The size of a connection's receive buffer in bytes.
        package var receiveBuffer: Int32?
        /// What to do with the n-th connection before reading from it: `[.hold]` accepts and says nothing.
        package var onConnect: @Sendable (_ connection: Int) -> [LoopbackReply.Step] = { _ in [] }
    }

    /// Everything that was counted, at one moment.
    package struct Counts: Sendable, CustomStringConvertible {
        /// Connections accepted since the start.
        package var acceptedConnections = 0
        /// Connections that neither side has closed.
        package var openConnections = 0
        /// Open connections that wait for a request, and have nothing of it yet.
        package var idleConnections = 0
        /// The most connections that were open at a time.
        package var peakOpenConnections = 0
        /// Requests whose head and body were read.
        package var requests: [LoopbackRequest] = []
        /// Requests being answered now: until the last bytes of the answer are about to be sent.
        package var requestsInFlight = 0
        /// The most requests that were being answered at a time.
        package var peakRequestsInFlight = 0
        /// Bytes written to all connections.
        package var bytesWritten = 0
        /// Bytes read from all connections.
        package var bytesRead = 0
        /// Connections that could not write anything for a third of a second: their peer has stopped reading.
        package var stalledWriters = 0
        /// Threads that have not ended.
        var threads = 0

        package var description: String {
            """
            \(acceptedConnections) accepted, \(openConnections) open, \(requests.count) requests read, \
            \(requestsInFlight) in flight, \(bytesWritten) B written, \(bytesRead) B read, \(stalledWriters) stalled
            """
        }
    }

    /// The port; 0 for a socket in the file system.
    package let port: UInt16
    package let options: Options
    let observed = Observed(Counts())
    let handler: Handler
    let stopping = Gate()
    let connections = Guarded([Int: LoopbackConnection]())
    private let listener: Int32

    /// Listens at a free port and starts to serve.
    package init(options: Options = Options(), _ handler: @escaping Handler) throws {
        self.options = options
        self.handler = handler
        if let path = options.unixSocketPath {
            listener = try Socket.bindUnix(path: path)
            port = 0
        } else {
            listener = try Socket.bindTCP(address: options.address)
            port = try Socket.port(of: listener)
        }
        if let size = options.receiveBuffer { Socket.set(SO_RCVBUF, size, on: listener) }
        try SystemCallFailed.check(listen(listener, 4_096), "listen")
        observed.update { $0.threads += 1 }
        Thread.start("loopback-accept") { self.acceptConnections() }
    }

    /// Serves for as long as the block runs.
    @discardableResult
    package static func serving<Result>(
        options: Options = Options(),
        _ handler: @escaping Handler,
        _ body: (LoopbackServer) async throws -> Result
    ) async throws -> Result {
        let server = try LoopbackServer(options: options, handler)
        do {
            let result = try await body(server)
            try await server.stop()
            return result
        } catch {
            try await server.stop()
            throw error
        }
    }

    /// `http://` with the address and port.
    package var url: String { "http://\(options.address):\(port)" }

    /// Closes everything and waits for its threads.
    package func stop() async throws {
        stopping.open()
        try await observed.wait("the server's threads end") { $0.threads == 0 }
    }

    private func acceptConnections() {
        var index = 0
        while isOpen(within: listener) {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { continue }
            Socket.setNonBlocking(descriptor)
            let connection = LoopbackConnection(descriptor: descriptor, index: index, server: self)
            connections.withLock { $0[connection.index] = connection }
            observed.update { counts in
                counts.threads += 1
                counts.acceptedConnections += 1
                counts.openConnections += 1
                counts.peakOpenConnections = max(counts.peakOpenConnections, counts.openConnections)
            }
            Thread.start("loopback-\(index)") { connection.serve() }
            index += 1
        }
        close(listener)
        observed.update { $0.threads -= 1 }
    }

    /// Waits until the listener has a connection; false when the server stops.
    private func isOpen(within listener: Int32) -> Bool {
        var set = [
            pollfd(fd: stopping.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
        ]
        while unsafe poll(&set, 2, -1) < 0 {}
        return set[0].revents == 0
    }

    /// Forgets a connection whose descriptor was closed; called last by its thread.
    func forget(_ connection: LoopbackConnection) {
        connections.withLock { $0[connection.index] = nil }
        observed.update { counts in
            counts.openConnections -= 1
            counts.threads -= 1
        }
    }
}
