import HTTPSessionPool
import PoolServer
import Testing

/// What seed 002 says of the server, besides its object.
@Suite struct SeedServerTests {
    @Test func `curl http://localhost:8000/pool/stats`() async throws {
        let configuration = PoolServerConfiguration()
        #expect(configuration.port == 8_000)
        #expect(configuration.host == "127.0.0.1", "from another machine only if asked for, and with a token")
        #expect(configuration.token == nil)
        try await ServerTests.running { server, _ in
            let text = try await ServerTests.ask(server, "GET /pool/stats HTTP/1.1\r\n" + ServerTests.closing)
            #expect(text.hasPrefix("HTTP/1.1 200 "))
            #expect(text.contains("Content-Type: application/json"))
            #expect(text.contains(#"{"pool_enabled":true,"stats":{"connections_created":0,"#))
        }
    }
}
