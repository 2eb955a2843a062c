import HTTPSessionPool
import TestSupport

/// A loopback server behind an nginx that speaks HTTP/2 to a pool of the test's own; `/upstream/...` reaches the server.
struct BehindNginx {
    let server: LoopbackServer
    let nginx: NginxServer
    let pool: SessionPool

    /// Runs the block with all three.
    ///
    /// `concurrentStreams` is how many streams nginx allows on a connection, `total` the pool's `maxTotalConnections`,
    /// `directives` what else its `server` blocks say.
    static func run(
        concurrentStreams: Int = 128,
        total: Int? = nil,
        directives: String = "",
        handler: @escaping LoopbackServer.Handler,
        _ body: (BehindNginx) async throws -> Void
    ) async throws {
        try await LoopbackServer.serving(handler) { server in
            var options = NginxServer.Options()
            options.upstreamPort = server.port
            options.concurrentStreams = concurrentStreams
            options.directives = directives
            try await NginxServer.serving(options) { nginx in
                var configuration = PoolConfiguration()
                configuration.maxTotalConnections = total
                try await SessionPool.own(configuration) { pool in
                    try await body(BehindNginx(server: server, nginx: nginx, pool: pool))
                }
            }
        }
    }

    /// What a session needs to trust nginx, and to speak HTTP/2 if the server does.
    func http2(_ change: (inout SessionConfiguration) -> Void = { _ in }) -> SessionConfiguration {
        .testing(nginx.certificates) {
            $0.httpVersion = .http2
            change(&$0)
        }
    }

    /// The session for nginx's port with HTTP/2.
    func session(_ change: (inout SessionConfiguration) -> Void = { _ in }) async throws -> Session {
        try await pool.session(for: nginx.http2URL, configuration: http2(change))
    }

    /// The session for the server itself, without nginx and HTTP/2.
    func otherSession() async throws -> Session {
        try await pool.session(for: server.url, configuration: .testing(nginx.certificates))
    }
}
