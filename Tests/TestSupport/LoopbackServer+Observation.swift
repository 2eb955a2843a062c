extension LoopbackServer {
    /// All the counts at one moment.
    package var counts: Counts { observed.value }

    /// Connections accepted since the start.
    package var acceptedConnections: Int { counts.acceptedConnections }

    /// Connections that neither side has closed.
    package var openConnections: Int { counts.openConnections }

    /// The requests that were read, in their order.
    package var requests: [LoopbackRequest] { counts.requests }

    /// Waits until the counts meet a condition.
    @discardableResult
    package func waitUntil(
        _ what: String = "condition on the server",
        _ condition: @escaping @Sendable (Counts) -> Bool
    ) async throws -> Counts {
        try await observed.wait(what, until: condition)
    }

    /// Waits until so many requests were read since the start.
    @discardableResult
    package func waitForRequests(_ count: Int) async throws -> Counts {
        try await waitUntil("\(count) requests read") { $0.requests.count >= count }
    }

    /// Waits until exactly so many connections are open.
    @discardableResult
    package func waitForOpenConnections(_ count: Int) async throws -> Counts {
        try await waitUntil("\(count) connections open") { $0.openConnections == count }
    }

    /// Waits until a connection has been unable to write for a third of a second: its peer stopped reading.
    @discardableResult
    package func waitForStalledWriter() async throws -> Counts {
        try await waitUntil("a writer stalls") { $0.stalledWriters > 0 }
    }

    /// Closes, with FIN or RST, every connection that waits for its next request.
    ///
    /// - Returns: how many were closed. They are gone from `openConnections` when their threads saw it, which
    ///   `waitForOpenConnections` awaits.
    @discardableResult
    package func closeIdleConnections(reset: Bool = false) -> Int {
        connections.withLock { Array($0.values) }.count { $0.closeIfIdle(reset: reset) }
    }
}
