import HTTPSessionPool
import TestSupport
import Testing

/// One easy handle for requests that have nothing in common: what one of them has set must not reach the next.
@Suite(.timeLimit(.minutes(1)))
struct HandleReuseTests {
    private static func keepToOneHandle(_ configuration: inout SessionConfiguration) {
        configuration.limits.maxConcurrentRequests = 1
        configuration.limits.maxConnections = 1
    }

    @Test func `method, URL and body change from request to request`() async throws {
        let large = [UInt8](repeating: 1, count: 200_000)
        let requests: [(Method, String, [UInt8]?)] = [
            (.post, "/a?x=1", [1, 2, 3]),
            (.get, "/b", nil),
            (.post, "/a?x=1", [4, 5, 6]),
            (.head, "/c", nil),
            (.post, "/d", []),
            (.put, "/e", large),
            (.post, "/a?x=1", [7, 8]),
            (.delete, "/f", nil),
            (.post, "/g", nil),
            (.patch, "/e", large.reversed() + [2]),
            (.get, "/b", nil),
            (.post, "/a?x=1", [9, 9]),
        ]
        try await SessionFixture.run(Self.keepToOneHandle) { _ in
            .text("", status: 204)
        } _: { fixture in
            for (method, path, body) in requests {
                let response = try await fixture.session.send(Request(method, path, body: body))
                #expect(response.status == 204)
            }
            let seen = fixture.server.requests
            #expect(seen.map(\.method) == requests.map(\.0.rawValue))
            #expect(seen.map(\.target) == requests.map(\.1))
            #expect(seen.map(\.body) == requests.map { $0.2 ?? [] })
            #expect(fixture.server.acceptedConnections == 1)
        }
    }

    @Test func `libcurl never asks whether it may send a body, whatever its size`() async throws {
        let sizes = [0, 1, 64 * 1_024, 64 * 1_024 + 1, 1 << 20, 2 << 20, 1]
        try await SessionFixture.run(Self.keepToOneHandle) { _ in
            .text("", status: 204)
        } _: { fixture in
            for size in sizes {
                let response = try await fixture.session.post("/", body: [UInt8](repeating: 0, count: size))
                #expect(response.status == 204)
            }
            #expect(fixture.server.requests.map(\.bodyLength) == sizes)
            #expect(fixture.server.requests.allSatisfy { $0["expect"] == nil && $0["content-type"] == nil })
        }
    }

    @Test func `a redirect to another path, and a URL that libcurl refuses, leave nothing behind`() async throws {
        try await SessionFixture.run {
            Self.keepToOneHandle(&$0)
            $0.maxRedirects = 3
        } handler: {
            $0.target == "/old" ? .text("", status: 307, headers: ["Location: /new?x=1"]) : .text("ok")
        } _: { fixture in
            for path in ["/old", "/plain", "/old"] {
                let response = try await fixture.session.post(path, body: [1])
                #expect(response.text == "ok")
            }
            // More than libcurl takes for a text.
            let error = await failure { try await fixture.session.get("/" + String(repeating: "a", count: 9_000_000)) }
            #expect(error != nil)
            let response = try await fixture.session.post("/old", body: [1])
            #expect(response.text == "ok")
            let seen = fixture.server.requests.map(\.target)
            #expect(seen == ["/old", "/new?x=1", "/plain", "/old", "/new?x=1", "/old", "/new?x=1"])
        }
    }

    @Test func `a request that is sent again goes to its own URL, not to that of the request before it`() async throws {
        try await SessionFixture.run(Self.keepToOneHandle) {
            $0.connection == 0 && $0.indexOnConnection == 2 ? .closeWithoutAnswer : .text("ok")
        } _: { fixture in
            for path in ["/first", "/second?b=2", "/third/c?d=4", "/fourth"] {
                let response = try await fixture.session.get(path)
                #expect(response.status == 200)
            }
            #expect(
                fixture.server.requests.map(\.target)
                    == ["/first", "/second?b=2", "/third/c?d=4", "/third/c?d=4", "/fourth"]
            )
            #expect(fixture.server.requests.map(\.connection) == [0, 0, 0, 1, 1])
        }
    }
}
