import CurlTransport
import Foundation
@testable import HTTPSessionPool
@testable import PoolServer
import TestSupport
import Testing

@Suite struct StatisticsDocumentTests {
    private func object(_ pool: PoolStatistics, path: String = "/pool/stats") throws -> [String: Any] {
        let body = Sample.application { pool }.get(path).body
        return try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
    }

    private func value(_ object: [String: Any], _ path: String) -> Any? {
        path.split(separator: ".").reduce(object as Any?) { ($0 as? [String: Any])?[String($1)] }
    }

    @Test func `the guide's object comes back letter for letter`() {
        let guide = Sample.pool([("https://api.example.com", Sample.guide())])
        let text = Sample.application { guide }.get("/pool/stats").text
        let expected =
            #"{"pool_enabled":true,"stats":{"connections_created":10,"connections_destroyed":3,"#
            + #""connections_reused":150,"acquire_timeouts":0,"health_check_failures":1,"total_connections":7,"#
            + #""available_connections":5,"in_use_connections":2},"details":{"#
        #expect(text.hasPrefix(expected))
    }

    @Test func `a pool that is switched off answers zeros`() {
        let off = Sample.pool([], retired: [("https://api.example.com", Sample.guide())], maxSessions: 0)
        let text = Sample.application { off }.get("/pool/stats").text
        let zeros =
            ["connections_created", "connections_destroyed", "connections_reused", "acquire_timeouts"]
            + ["health_check_failures", "total_connections", "available_connections", "in_use_connections"]
        let expected = zeros.map { "\"\($0)\":0" }.joined(separator: ",")
        #expect(text.hasPrefix(#"{"pool_enabled":false,"stats":{"# + expected + "}"))
    }

    /// The numbers of the reference example: 160 requests, 1 failed, 10 created, 150 reused, 2 of 7 in use.
    @Test func `the details are what the names say`() throws {
        let object = try object(Sample.pool([("https://api.example.com", Sample.guide())]))
        let expected: [(String, Double)] = [
            ("details.uptime_seconds", 812), ("details.pool_utilization", 0.285714), ("details.pool_size_peak", 7),
            ("details.sessions", 1), ("details.reuse_ratio", 0.9375), ("details.reuses_per_connection", 15),
            ("details.requests.total", 160), ("details.requests.failed", 0), ("details.requests.active", 2),
            ("details.last_24h.connections_created", 10), ("details.last_24h.connections_destroyed", 3),
            ("details.last_24h.reuse_count", 150), ("details.health.healthy_connections", 7),
            ("details.health.check_interval", 60), ("details.connections.tls_handshakes", 10),
            ("details.requests.avg_s", 0.18),
        ]
        for (path, number) in expected { #expect(value(object, path) as? Double == number, "\(path)") }
        let p95 = try #require(value(object, "details.requests.p95_s") as? Double)
        #expect(p95 > 0.15 && p95 <= 0.18)
        #expect(value(object, "details.health.last_health_check") as? String == "2024-01-29T14:16:28Z", "812 s before")
        #expect(value(object, "details.state") as? String == "running")
        let sessions = try #require(value(object, "details.pools") as? [[String: Any]])
        #expect(sessions.count == 1 && sessions[0]["key"] as? String == "https://api.example.com")
        #expect(value(sessions[0], "limits.concurrency.in_use") as? Int == 2)
    }

    @Test func `failures, time-outs and waits are told apart`() throws {
        let object = try object(Sample.both)
        let expected: [(String, Int)] = [
            ("stats.acquire_timeouts", 1), ("stats.health_check_failures", 4), ("details.requests.total", 165),
            ("details.requests.failed", 3), ("details.requests.cancelled", 1), ("details.requests.timeouts", 2),
            ("details.requests.streams_interrupted", 1), ("details.pending_requests", 4),
            ("details.last_24h.timeout_errors", 2), ("details.last_24h.validation_failures", 1),
            ("details.connections.destroyed_by_reason.idle", 1), ("details.connections.destroyed_by_reason.age", 1),
            ("details.connections.destroyed_by_reason.other", 4), ("details.wait.queued", 1),
        ]
        for (path, number) in expected { #expect(value(object, path) as? Int == number, "\(path)") }
        #expect(value(object, "details.wait.avg_release_s") as? Double == 0.0005)
        #expect(value(object, "details.requests.ttfc_p95_s") as? Double ?? 0 > 0.75)
        let results = try #require(value(object, "details.requests.by_result") as? [[String: Any]])
        #expect(results.first?["result"] as? String == "200" && results.first?["count"] as? Int == 160)
        #expect(results.contains { $0["result"] as? String == "timeout.first_byte" })
    }

    @Test func `an empty pool has numbers too, none of them missing`() throws {
        let text = Sample.application { Sample.pool([], seconds: 0) }.get("/pool/stats").text
        #expect(!text.contains("nan") && !text.contains("inf"))
        let object = try object(Sample.pool([], seconds: 0))
        #expect(value(object, "details.pool_efficiency") as? Double == 1)
        #expect(value(object, "details.health.last_health_check") is NSNull)
    }

    @Test func `JSON escapes what it must and keeps the order`() {
        let value = JSON.object([
            ("b", .string("\"\\\n\u{1}é\u{2028}")), ("a", .array([.null, .number(.nan), .bool(true)])),
        ])
        #expect(
            String(decoding: value.bytes, as: UTF8.self)
                == "{\"b\":\"\\\"\\\\\\u000a\\u0001é\u{2028}\",\"a\":[null,null,true]}"
        )
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] as [(Int64, String)]
    )
    func `dates are the calendar's`(_ seconds: Int64, _ text: String) {
        #expect(Timestamp.text(seconds * 1_000_000_000) == text)
    }

    @Test(arguments: [31, 32] as [UInt64])
    func `dates agree with Foundation's`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let style = Date.ISO8601FormatStyle()
        for _ in 0..<2_000 {
            let seconds = Int64(random.below(8_000_000_000)) - 2_000_000_000
            let expected = Date(timeIntervalSince1970: Double(seconds)).formatted(style)
            try invariant(Timestamp.text(seconds * 1_000_000_000) == expected, "\(seconds)")
        }
    }

    // MARK: History

    @Test func `the history says what each interval added, and forgets what is too old`() {
        var history = History(interval: 5_000_000_000)
        var recorder = SessionRecorder(at: Sample.start)
        for step in 0..<150 as Range<Int64> {
            // Every second interval is silent.
            if step % 2 == 1 {
                for _ in 0..<step { recorder.requestEnded(Sample.end(after: step), at: Sample.start) }
            }
            let now = MonotonicTime(nanoseconds: step * 5_000_000_000)
            #expect(history.isDue(at: now))
            let pool = Sample.pool([("https://a", SessionStatistics(recorder, at: now))])
            history.sample(pool, at: now, wallTime: step)
            #expect(!history.isDue(at: MonotonicTime(nanoseconds: now.nanoseconds + 1_000_000_000)))
        }
        #expect(history.samples.count == History.capacity)
        let last = history.samples[History.capacity - 1]
        #expect(last.requests == 149 && last.wallTime == 149)
        #expect(last.p50.map { $0 > .milliseconds(100) && $0 <= .milliseconds(149) } == true)
        let silent = history.samples[History.capacity - 2]
        #expect(silent.requests == 0 && silent.p50 == nil)
    }
}
