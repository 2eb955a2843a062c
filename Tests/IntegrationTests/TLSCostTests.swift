import HTTPSessionPool
import TestSupport
import Testing

/// What a new TLS connection costs when all of the system's roots are trusted, and one more.
@Suite(.serialized, .timeLimit(.minutes(10))) struct TLSCostTests {
    @Test func `a new TLS connection with the full bundle costs under 2 ms of CPU, hardly more than with one root`()
        async throws
    {
        var options = NginxServer.Options()
        // Every request needs a new connection.
        options.keepAliveTimeout = 0
        try await NginxServer.serving(options) { nginx in
            // A process of its own: CPU time is counted per process, and other tests spend it too.
            await #expect(processExitsWith: .success) {
                [url = nginx.tlsURL as String, authority = nginx.certificates.authority as String] in
                let full = try await Self.cost(of: url, authority: authority, trustsSystemRoots: true)
                let single = try await Self.cost(of: url, authority: authority, trustsSystemRoots: false)
                // Reading the system's roots for every connection costs 18 to 20 ms; the rest is the handshake.
                #expect(
                    full < single * 2,
                    "\(full) of CPU per connection with the full bundle, \(single) with one root"
                )
                if !Self.isSanitized {
                    #expect(full < .milliseconds(2), "\(full) of CPU per connection")
                }
                await SessionPool.closeShared()
            }
        }
    }

    /// The CPU time of one request on a new connection: the best of some averages.
    private static func cost(of url: String, authority: String, trustsSystemRoots: Bool) async throws -> Duration {
        var configuration = SessionConfiguration()
        configuration.tls.additionalRoots = [.file(authority)]
        configuration.tls.trustsSystemRoots = trustsSystemRoots
        configuration.proxy = .none
        configuration.timeouts = .unhurried
        let session = try await SessionPool.shared.session(for: url, configuration: configuration)
        // The first connection reads the bundle, once for the session.
        _ = try await session.get("/")
        var best = Duration.seconds(1)
        for _ in 0..<5 {
            let before = ProcessFacts.cpuTime()
            for _ in 0..<30 { _ = try await session.get("/") }
            best = min(best, (ProcessFacts.cpuTime() - before) / 30)
        }
        #expect(session.statistics.tlsHandshakes == 151)
        return best
    }

    /// Whether this is a build for a sanitizer, in which our own code costs several times as much.
    private static var isSanitized: Bool {
        #if THREAD_SANITIZER || ADDRESS_SANITIZER
            true
        #else
            false
        #endif
    }
}
