import CurlTransport
@testable import HTTPSessionPool
import Testing

/// The numbers that seeds 000 and 001 print of a pool: what is counted gives exactly these.
///
/// Each test is named after its words.
@Suite struct SeedNumbersTests {
    private static let start = MonotonicTime(nanoseconds: 0)

    private static func at(hours: Double) -> MonotonicTime { start.advanced(by: .seconds(hours * 3_600)) }

    private static func end(
        after milliseconds: Int64 = 180,
        opened: Int = 0,
        queue: Int64 = 0,
        failing code: SessionError.Code? = nil
    ) -> RequestEnd {
        var end = RequestEnd(failedInQueue: code ?? .internalError, queue: queue)
        if code == nil { end.result = .response(status: 200) }
        end.transfer = milliseconds * 1_000_000
        end.connectionsOpened = opened
        return end
    }

    private static func pool(_ statistics: [SessionStatistics], at now: MonotonicTime) -> PoolStatistics {
        let facts = PoolStatistics.Facts(
            name: "seeds",
            state: .running,
            started: start,
            sessionsCreated: statistics.count,
            evictions: 0,
            waiting: 0,
            placeWaits: LatencyHistogram(),
            placeTimeouts: 0,
            peakConnections: 0,
            maxSessions: 10,
            maxTotalConnections: nil
        )
        let sessions = statistics.enumerated().map { index, one in
            PoolStatistics.SessionSnapshot(
                origin: "http://\(index).test",
                id: UInt64(index),
                statistics: one,
                limits: SessionConfiguration.Limits(),
                minConnections: 0
            )
        }
        return PoolStatistics(facts, sessions: sessions, retired: [], at: now)
    }

    // MARK: Seed 000

    @Test
    func `last_24h - created 45, destroyed 42, reuse_count 8945, timeout_errors 3, validation_failures 1`() {
        var recorder = SessionRecorder(at: Self.start)
        // What is older than a day must not count.
        for _ in 0..<100 { recorder.requestEnded(Self.end(), at: Self.start) }
        recorder.requestEnded(Self.end(failing: .firstByteTimeout), at: Self.start)
        recorder.validationFailed(at: Self.start)
        _ = recorder.setConnections(opened: 7, closed: 0, at: Self.start)
        // 25 to 47 hours later.
        for index in 0..<8_945 {
            recorder.requestEnded(Self.end(), at: Self.at(hours: 25 + 22 * Double(index) / 8_945))
        }
        let end = Self.at(hours: 47)
        for code in [SessionError.Code.connectTimeout, .firstByteTimeout, .idleTimeout] {
            recorder.requestEnded(Self.end(failing: code), at: end)
        }
        recorder.validationFailed(at: end)
        _ = recorder.setConnections(opened: 7 + 45, closed: 42, at: end)
        let statistics = SessionStatistics(recorder, at: end)
        let day = statistics.last24h
        #expect(day.connectionsCreated == 45)
        #expect(day.connectionsDestroyed == 42)
        #expect(day.reuses == 8_945)
        #expect(day.timeoutErrors == 3)
        #expect(day.validationFailures == 1)
        #expect(statistics.reuses == 9_045, "the counters themselves go on")
        #expect(SessionStatistics(recorder, at: Self.at(hours: 72)).last24h == HourlyCounts())
    }

    @Test func `connection_health - healthy 10, unhealthy 0, last_health_check`() {
        func session(connections: Int, isHealthy: Bool, checkedAt time: MonotonicTime) -> SessionStatistics {
            var recorder = SessionRecorder(at: Self.start)
            _ = recorder.setConnections(opened: connections, closed: 0, at: Self.start)
            recorder.healthChecked(succeeded: isHealthy, isHealthy: isHealthy, at: time)
            return SessionStatistics(recorder, at: time)
        }
        let now = Self.start.advanced(by: .seconds(100))
        let well = session(connections: 10, isHealthy: true, checkedAt: Self.start.advanced(by: .seconds(40)))
        var pool = Self.pool([well], at: now)
        #expect(pool.healthyConnections == 10)
        #expect(pool.unhealthyConnections == 0)
        #expect(pool.timeSinceHealthCheck == .seconds(60))
        let ill = session(connections: 3, isHealthy: false, checkedAt: Self.start.advanced(by: .seconds(90)))
        pool = Self.pool([well, ill], at: now)
        #expect(pool.healthyConnections == 10)
        #expect(pool.unhealthyConnections == 3)
        #expect(pool.timeSinceHealthCheck == .seconds(10), "the latest of all sessions")
    }

    @Test func `performance_metrics - avg 180 ms, p95 450 ms, p99 800 ms, error_rate 0.03 percent`() {
        var recorder = SessionRecorder(at: Self.start)
        for (count, time) in [(8_397, 150), (1_000, 200), (400, 450), (200, 800)] as [(Int, Int64)] {
            for _ in 0..<count { recorder.requestEnded(Self.end(after: time), at: Self.start) }
        }
        for _ in 0..<3 { recorder.requestEnded(Self.end(after: 150, failing: .connectionLost), at: Self.start) }
        let statistics = SessionStatistics(recorder, at: Self.start)
        #expect(statistics.requests == 10_000)
        #expect(statistics.errorRate == 0.0003)
        #expect(statistics.durations.mean == .milliseconds(180))
        // Each lies in the bucket of the true one, and none is above the maximum.
        let (p95, p99) = (statistics.durations.percentile(0.95), statistics.durations.percentile(0.99))
        #expect(p95 > .milliseconds(250) && p95 <= .milliseconds(500))
        #expect(p99 > .milliseconds(500) && p99 <= .milliseconds(800))
    }

    @Test func `connection_reuse_rate 85 percent, pool_efficiency 92 percent`() {
        var recorder = SessionRecorder(at: Self.start)
        for index in 0..<100 {
            if index < 8 { recorder.requestQueued() }
            recorder.requestEnded(Self.end(opened: index < 15 ? 1 : 0), at: Self.start)
        }
        _ = recorder.setConnections(opened: 15, closed: 5, at: Self.start)
        let statistics = SessionStatistics(recorder, at: Self.start)
        #expect(statistics.reuseRatio == 0.85)
        #expect(statistics.efficiency == 0.92)
    }

    @Test func `avg_acquisition_time 1 ms, avg_release_time 0.5 ms`() {
        var recorder = SessionRecorder(at: Self.start)
        for microseconds in [0, 1_000, 2_000] as [Int64] {
            recorder.requestEnded(Self.end(queue: microseconds * 1_000), at: Self.start)
            recorder.released(after: microseconds * 500)
        }
        let statistics = SessionStatistics(recorder, at: Self.start)
        #expect(statistics.waits.mean == .milliseconds(1))
        #expect(statistics.releases.mean == .microseconds(500))
    }

    // MARK: Seed 001

    @Test func `get_stats - uptime_seconds, reuse_ratio is reused over created`() {
        var recorder = SessionRecorder(at: Self.start)
        for index in 0..<20 { recorder.requestEnded(Self.end(opened: index < 4 ? 1 : 0), at: Self.start) }
        _ = recorder.setConnections(opened: 4, closed: 1, at: Self.start)
        let now = Self.start.advanced(by: .milliseconds(12_500))
        let pool = Self.pool([SessionStatistics(recorder, at: now)], at: now)
        #expect(pool.uptime == .milliseconds(12_500))
        #expect(pool.total.reusesPerConnection == 4, "the seed's quotient")
        #expect(pool.total.reuseRatio == 0.8, "a share, which stays below 1")
        #expect(pool.total.totalConnections == 3)
    }

    @Test func `avg_request_duration and avg_wait_time of nothing are 0`() {
        let statistics = SessionStatistics(SessionRecorder(at: Self.start), at: Self.start)
        #expect(statistics.durations.mean == .zero)
        #expect(statistics.waits.mean == .zero && statistics.waits.maximum == .zero)
        #expect(statistics.reusesPerConnection == 0, "nothing is divided by 0")
        #expect(statistics.errorRate == 0)
    }

    // MARK: Seeds 000, 002 and 004: defaults

    @Test func `idle_timeout 300, max_age 3600, timeout 60, max_size 10, acquire_timeout 5, check_interval 60`() {
        let pool = PoolConfiguration()
        #expect(pool.maxSessions == 10)
        #expect(pool.acquireTimeout == .seconds(5))
        #expect(pool.session.limits.maxConcurrentRequests == 10)
        #expect(pool.session.limits.maxConnections == 10)
        #expect(pool.session.idleTimeout == .seconds(300))
        #expect(pool.session.maxAge == .seconds(3_600))
        #expect(pool.session.timeouts.total == .seconds(60))
        #expect(pool.session.timeouts.acquire == .seconds(5))
        #expect(pool.session.health.interval == .seconds(60))
        #expect(pool.session.health.timeout == .seconds(5), "seed 001: healthy if it answers within 5 seconds")
        #expect(pool.session.health.unhealthyAfter == 3, "seed 001: max_failed_checks")
        #expect(pool.session.warmupOnStartup)
        #expect(pool.eviction == .lru)
    }
}
