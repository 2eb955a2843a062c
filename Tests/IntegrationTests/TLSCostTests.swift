import HTTPSessionPool
import TestSupport
import Testing

/// What a new TLS connection costs when all of the system's roots are trusted, and one more.
@Suite(.serialized, .timeLimit(.minutes(2))) struct TLSCostTests {
    @Test func `a new TLS connection with the full bundle costs less than 2 ms of CPU`() async throws {
        var options = NginxServer.Options()
        // Every request needs a new connection.
        options.keepAliveTimeout = 0
        try await NginxServer.serving(options) { nginx in
            // A process of its own: CPU time is counted per process, and other tests spend it too.
            await #expect(processExitsWith: .success) {
                [url = nginx.tlsURL as String, authority = nginx.certificates.authority as String] in
                var configuration = SessionConfiguration()
                configuration.tls.additionalRoots = [.file(authority)]
                configuration.proxy = .none
                let session = try await SessionPool.shared.session(for: url, configuration: configuration)
                // The first connection reads the bundle, once for the session.
                _ = try await session.get("/")
                var best = Duration.seconds(1)
                for _ in 0..<3 {
                    let before = ProcessFacts.cpuTime()
                    for _ in 0..<40 { _ = try await session.get("/") }
                    best = min(best, (ProcessFacts.cpuTime() - before) / 40)
                }
                #expect(session.statistics.tlsHandshakes == 121)
                #expect(best < Self.limit, "\(best) of CPU per connection")
                await SessionPool.closeShared()
            }
        }
    }

    /// libcurl's default with `CAPATH` costs 18-20 ms; the sanitizers make our own part several times dearer.
    private static var limit: Duration {
        #if THREAD_SANITIZER
            .milliseconds(10)
        #else
            .milliseconds(2)
        #endif
    }
}
