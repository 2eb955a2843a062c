import HTTPSessionPool
import TestSupport
import Testing

/// What libcurl keeps in an easy handle from one request to the next.
@Suite(.timeLimit(.minutes(1)))
struct ResendCountTests {
    /// Before 8.17 libcurl counts the repetitions of a handle over its life and gives up at the sixth (curl/curl#18926).
    @Test func `a handle meets any number of stale connections`() async throws {
        try await SessionFixture.run {
            $0.limits.maxConcurrentRequests = 1
            $0.limits.maxConnections = 1
        } handler: {
            $0.indexOnConnection == 1 ? .closeWithoutAnswer : .text($0.target)
        } _: { fixture in
            for number in 0..<20 {
                let response = try await fixture.session.get("/\(number)")
                #expect(response.text == "/\(number)")
            }
        }
    }
}
