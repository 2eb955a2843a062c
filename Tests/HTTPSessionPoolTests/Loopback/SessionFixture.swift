import CurlTransport
@testable import HTTPSessionPool
import TestSupport
import Testing

/// A server, a pool and the pool's session for the server: what most of the loopback tests need.
struct SessionFixture {
    let server: LoopbackServer
    let pool: SessionPool
    let session: Session

    /// Runs a test, and afterwards checks what every test leaves behind: nothing.
    ///
    /// No permit is held, the pool closes without aborting, and the server sees every connection gone.
    static func run(
        options: LoopbackServer.Options = LoopbackServer.Options(),
        pool configuration: PoolConfiguration = PoolConfiguration(),
        _ configure: (inout SessionConfiguration) -> Void = { _ in },
        handler: @escaping LoopbackServer.Handler,
        _ body: (SessionFixture) async throws -> Void
    ) async throws {
        var configuration = configuration
        // Who waits for a warm-up of the session's own in a test need not wait longer.
        configuration.session.warmUp.startJitter = .zero
        configure(&configuration.session)
        try await LoopbackServer.serving(options: options, handler) { server in
            let pool = SessionPool(configuration: configuration)
            let session = try await pool.session(for: server.url)
            try await body(SessionFixture(server: server, pool: pool, session: session))
            #expect(await session.permitsInUse == 0, "a permit is still held")
            #expect(await pool.shutdown(grace: .seconds(10)) == 0, "a request was still inside")
            #expect(pool.statistics.total.totalConnections == 0)
            try await server.waitForOpenConnections(0)
        }
    }
}

extension Session {
    /// Permits that requests of the present core hold, its own checks and warm-ups left out: those come at any time.
    var permitsInUse: Int {
        get async { await core.permitsOfRequests }
    }

    /// Requests that wait for a permit, awaited: there is no event for it outside the loop.
    func waitForWaiters(_ count: Int) async throws {
        try await eventually { statistics.waiting == count }
    }
}

extension SessionCore {
    fileprivate var permitsOfRequests: Int { permits.inUse - probes.count { running.transfer(of: $0) != nil } }
}

/// Runs something that must fail, and returns its error.
func failure<Value: Sendable>(
    _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation,
    of body: () async throws -> Value
) async -> SessionError? {
    await #expect(throws: SessionError.self, comment, sourceLocation: sourceLocation) { _ = try await body() }
}
