@testable import HTTPSessionPool
import TestSupport
import Testing

/// What libcurl must not decide, and what it does badly: the points of the design page, each by what a server sees.
///
/// Points 4, 5 and 7 need TLS and real servers: they are in the integration tests. Point 12 is about a program's
/// `main.swift`, which the command's own run shows.
@Suite(.timeLimit(.minutes(1)))
struct TwelvePointsTests {
    /// Answers a connection's first request, reads the second and closes without a word.
    static let closesOnSecond: LoopbackServer.Handler = { request in
        request.indexOnConnection == 0 ? .text("ok") : .closeWithoutAnswer
    }

    // MARK: 1. A POST is not sent twice

    @Test(arguments: [LoopbackReply.closeWithoutAnswer, .resetWithoutAnswer])
    func `1: a POST on a kept connection that dies is seen as often as it was made`(end: LoopbackReply) async throws {
        try await SessionFixture.run {
            $0.indexOnConnection == 0 ? .text("ok") : end
        } _: { fixture in
            let answered = try await fixture.session.post("/buy", body: [1])
            #expect(answered.status == 200)
            let error = await failure { try await fixture.session.post("/buy", body: [2]) }
            #expect(error?.code == .connectionLost)
            // The server may have acted on it: whether to buy again is for the caller to decide.
            #expect(error?.delivery == .maybeProcessed)
            #expect(error?.isRetryable == false)
            #expect(fixture.server.requests.map(\.body) == [[1], [2]])
        }
    }

    @Test func `1: the same holds for a streamed POST`() async throws {
        try await SessionFixture.run {
            Self.closesOnSecond($0)
        } _: { fixture in
            let answered = try await fixture.session.post("/", body: [1])
            #expect(answered.status == 200)
            let error = await failure { try await fixture.session.stream(Request(.post, "/", body: [2])) }
            #expect(error?.code == .connectionLost)
            #expect(error?.delivery == .maybeProcessed)
            #expect(fixture.server.requests.count == 2)
        }
    }

    @Test func `1: many POSTs at a server that kills connections: requests seen are calls made`() async throws {
        try await SessionFixture.run {
            Self.closesOnSecond($0)
        } _: { fixture in
            let calls = 200
            let answered = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<calls {
                    group.addTask { (try? await fixture.session.post("/", body: [7]))?.status == 200 }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(fixture.server.requests.count == calls)
            #expect(answered > 0)
            #expect(answered < calls)
        }
    }

    @Test func `1: a GET is sent again`() async throws {
        try await SessionFixture.run {
            Self.closesOnSecond($0)
        } _: { fixture in
            for _ in 0..<2 {
                let answered = try await fixture.session.get("/")
                #expect(answered.status == 200)
            }
            #expect(fixture.server.requests.map(\.connection) == [0, 0, 1])
        }
    }

    @Test func `1: a POST with an idempotency key is sent again, with the same key`() async throws {
        try await SessionFixture.run {
            Self.closesOnSecond($0)
        } _: { fixture in
            var request = Request(.post, "/", body: Array("once".utf8))
            for key in ["k1", "k2"] {
                request.idempotencyKey = key
                let answered = try await fixture.session.send(request)
                #expect(answered.status == 200)
            }
            #expect(fixture.server.requests.map { $0["idempotency-key"] } == ["k1", "k2", "k2"])
            #expect(fixture.server.requests.allSatisfy { $0.text == "once" })
        }
    }

    @Test func `1: on a fresh connection nothing is sent again either`() async throws {
        try await SessionFixture.run { _ in
            .closeWithoutAnswer
        } _: { fixture in
            for method in [Method.get, .post] {
                let error = await failure { try await fixture.session.send(Request(method, "/")) }
                #expect(error?.code == .connectionLost)
                #expect(error?.delivery == .maybeProcessed)
            }
            #expect(fixture.server.requests.count == 2)
        }
    }
}
