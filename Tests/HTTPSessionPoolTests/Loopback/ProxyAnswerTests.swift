@testable import HTTPSessionPool
import TestSupport
import Testing

/// Proxies that refuse, and hosts that are reached without them.
@Suite(.timeLimit(.minutes(1)))
struct ProxyAnswerTests {
    private static func error(_ status: Int, reply: String? = nil) async throws -> SessionError? {
        let found = Observed(SessionError?.none)
        try await LoopbackServer.serving { _ in
            reply.map { LoopbackReply.raw($0).then(.close) } ?? .text("no", status: status)
        } _: { proxy in
            var configuration = SessionConfiguration()
            configuration.proxy = .url(proxy.url)
            configuration.tls.verification = .disabledInsecurely
            let pool = SessionPool()
            let session = try await pool.session(for: "https://localhost:9", configuration: configuration)
            let error = await failure { try await session.get("/") }
            found.update { $0 = error }
            await pool.shutdown(grace: .zero)
        }
        return found.value
    }

    @Test(arguments: [(407, false), (403, false), (401, false), (502, true), (503, true), (429, true)])
    func `whether another try may succeed is for the proxy's status to say`(status: Int, isRetryable: Bool) async throws
    {
        let error = try await Self.error(status)
        #expect(error?.code == .proxyFailed)
        #expect(error?.delivery == .notSent)
        #expect(error?.isRetryable == isRetryable)
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\r\nX: \(String(repeating: "a", count: 200_000))\r\n\r\n",
        "HTTP/9.9 abc\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n",
    ])
    func `no answer of a proxy is an internal error`(reply: String) async throws {
        let error = try await Self.error(200, reply: reply)
        #expect([.proxyFailed, .tlsHandshakeFailed].contains(error?.code))
        #expect(error?.delivery == .notSent)
    }

    @Test func `a host that is excepted is reached directly, and its failure is not the proxy's`() async throws {
        let gone = try ReservedPort()
        try await LoopbackServer.serving { _ in
            .text("proxy")
        } _: { proxy in
            try await LoopbackServer.serving { request in
                request.target == "/away" ? .redirect(to: "http://127.0.0.2:\(gone.number)/") : .text("direct")
            } _: { server in
                func get(_ url: String, _ path: String, except: [String]) async throws(SessionError) -> Response {
                    var configuration = SessionConfiguration()
                    configuration.maxRedirects = 1
                    configuration.proxy = .url(proxy.url, except: except)
                    let pool = SessionPool()
                    defer { withExtendedLifetime(pool) {} }
                    let response = try await pool.session(for: url, configuration: configuration).get(path)
                    await pool.shutdown(grace: .zero)
                    return response
                }
                let direct = try await get(server.url, "/", except: ["127.0.0.1:\(server.port)"])
                #expect(direct.text == "direct")
                let through = try await get(server.url, "/", except: ["127.0.0.1:1", "*.example.com"])
                #expect(through.text == "proxy")
                // What a redirect leads to is asked for anew.
                let redirected = try await get(server.url, "/away", except: ["127.0.0.1"])
                #expect(redirected.text == "proxy")
                let error = await failure {
                    try await get("http://127.0.0.1:\(gone.number)", "/", except: ["127.0.0.0/8"])
                }
                #expect(error?.code == .connectionFailed)
            }
        }
    }
}
