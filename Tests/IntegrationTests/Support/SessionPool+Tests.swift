import HTTPSessionPool
import TestSupport

extension SessionPool {
    /// Runs a block with a pool of its own, and shuts that down.
    @discardableResult
    static func own<Result>(
        _ configuration: PoolConfiguration = PoolConfiguration(),
        _ body: (SessionPool) async throws -> Result
    ) async throws -> Result {
        let pool = SessionPool(configuration: configuration)
        do {
            let result = try await body(pool)
            await pool.shutdown(grace: .zero)
            return result
        } catch {
            await pool.shutdown(grace: .zero)
            throw error
        }
    }
}

extension SessionConfiguration {
    /// A session that trusts the test authority, uses no proxy and waits long enough for a busy machine.
    static func testing(
        _ certificates: TestCertificates,
        _ change: (inout SessionConfiguration) -> Void = { _ in }
    ) -> SessionConfiguration {
        var configuration = SessionConfiguration()
        configuration.tls.additionalRoots = [.file(certificates.authority)]
        configuration.proxy = .none
        configuration.timeouts = .unhurried
        change(&configuration)
        return configuration
    }
}

extension Timeouts {
    /// Limits that only a hang can reach: no test waits for one of these.
    static var unhurried: Timeouts {
        var timeouts = Timeouts()
        timeouts.acquire = .seconds(300)
        timeouts.connect = .seconds(300)
        timeouts.firstByte = .seconds(300)
        timeouts.idle = .seconds(300)
        timeouts.total = nil
        return timeouts
    }
}

extension Session {
    /// Sends so many POSTs at a time and returns their responses.
    func post(_ path: String, times count: Int) async throws -> [Response] {
        try await withThrowingTaskGroup(of: Response.self) { group in
            for _ in 0..<count {
                group.addTask { try await self.post(path, body: Array("{}".utf8)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Reads so many streams at a time and returns their bodies.
    func stream(_ path: String, times count: Int) async throws -> [String] {
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<count {
                group.addTask {
                    String(decoding: try await self.stream(Request(.get, path)).body.collect(), as: UTF8.self)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
