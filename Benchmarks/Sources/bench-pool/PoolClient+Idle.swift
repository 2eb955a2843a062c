internal import BenchSupport
internal import HTTPSessionPool

/// Sessions that wait, each with a kept connection.
extension PoolClient {
    /// Makes so many sessions with one connection each, and leaves them alone.
    func idle() async throws -> JSONLine {
        var configuration = configuration
        configuration.maxSessions = options.sessions
        let pool = SessionPool(configuration: configuration)
        let before = ProcessFacts.memory
        try await onMode(of: pool) {
            for number in 0..<options.sessions {
                // All go to one origin: what makes them different sessions is whose credentials they carry.
                var session = configuration.session
                session.credentialsScope = "account \(number)"
                try check(try await pool.session(for: origin, configuration: session).send(request))
            }
        }
        let statistics = pool.statistics
        guard statistics.sessions.count == options.sessions, statistics.total.idleConnections == options.sessions else {
            throw Problem(text: "\(statistics.total.idleConnections) of \(options.sessions) connections are kept")
        }
        var line = JSONLine()
        line["kib_per_session"] = Double(ProcessFacts.memory - before) / Double(options.sessions)
        line["peak_kib"] = Double(ProcessFacts.peakMemory)
        await pool.shutdown()
        return line
    }

    /// Something that makes a measurement worthless.
    struct Problem: Error {
        let text: String
    }
}
