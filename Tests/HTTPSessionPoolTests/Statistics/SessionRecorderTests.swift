import CurlTransport
@testable import HTTPSessionPool
import Testing

@Suite struct SessionRecorderTests {
    let start = MonotonicTime(nanoseconds: 0)

    func answered(
        status: Int = 200,
        after nanoseconds: Int64 = 10_000_000,
        opened: Int = 0,
        method: String = "POST"
    ) -> RequestEnd {
        var end = RequestEnd(failedInQueue: .internalError)
        end.result = .response(status: status)
        end.transfer = nanoseconds
        end.method = method
        end.connectionsOpened = opened
        end.connect = opened > 0 ? 2_000_000 : 0
        end.httpVersion = 2
        return end
    }

    @Test func `seed 002's numbers come out of what they mean`() {
        var recorder = SessionRecorder(at: start)
        for _ in 0..<10 { recorder.requestEnded(answered(opened: 1), at: start) }
        for _ in 0..<150 { recorder.requestEnded(answered(), at: start) }
        _ = recorder.setConnections(opened: 10, closed: 3, at: start)
        recorder.healthChecked(succeeded: false, isHealthy: true, at: start)
        var statistics = SessionStatistics(recorder, at: start)
        statistics.idleConnections = 5
        #expect(statistics.connectionsCreated == 10 && statistics.connectionsDestroyed == 3)
        #expect(statistics.reuses == 150 && statistics.acquireTimeouts == 0 && statistics.health.failures == 1)
        #expect(statistics.totalConnections == 7 && statistics.inUseConnections == 2)
        #expect(statistics.reuseRatio == 0.9375, "reused / (reused + created), not seed 001's quotient")
        #expect(statistics.reusesPerConnection == 15, "seed 001's quotient, by a name of its own")
        #expect(statistics.closeReasons == [.other: 3])
    }

    @Test func `a cancelled request is no failure and no part of the error rate`() {
        var recorder = SessionRecorder(at: start)
        for _ in 0..<8 { recorder.requestEnded(answered(), at: start) }
        recorder.requestEnded(RequestEnd(failedInQueue: .cancelled), at: start)
        recorder.requestEnded(RequestEnd(failedInQueue: .connectionFailed), at: start)
        recorder.requestEnded(RequestEnd(failedInQueue: .acquireTimeout, queue: 5_000_000_000), at: start)
        let statistics = SessionStatistics(recorder, at: start)
        #expect(statistics.requests == 11 && statistics.cancellations == 1 && statistics.failures == 2)
        #expect(statistics.errorRate == 0.2)
        #expect(statistics.acquireTimeouts == 1 && statistics.timeoutErrors == 1)
        #expect(statistics.last24h.failures == 2 && statistics.last24h.timeoutErrors == 1)
        #expect(statistics.durations.count == 9, "neither the cancelled request nor the one that never ran")
        #expect(statistics.waits.count == 8, "requests that had a permit")
    }

    @Test func `every error code has a type from the closed set, and time limits are told apart`() {
        #expect(ErrorType(.nameResolutionFailed) == .dns)
        #expect(ErrorType(.firstByteTimeout).rawValue == "timeout.first_byte")
        #expect(ErrorType(.acquireTimeout).rawValue == "pool.acquire_timeout")
        #expect(ErrorType(.internalError).rawValue == "_OTHER")
        let timeouts = ErrorType.allCases.filter(\.isTimeout).map(\.rawValue)
        #expect(timeouts.allSatisfy { $0.contains("timeout") } && timeouts.count == 6)
    }

    @Test func `series are told apart by method, version and result, and their number is limited`() {
        var recorder = SessionRecorder(at: start)
        for status in [200, 200, 429] { recorder.requestEnded(answered(status: status), at: start) }
        recorder.requestEnded(answered(method: "GET"), at: start)
        recorder.requestEnded(answered(method: "BREW"), at: start)
        var series = SessionStatistics(recorder, at: start).series
        #expect(series.count == 4)
        #expect(series.first { $0.status == 200 && $0.method == "POST" }?.durations.count == 2)
        #expect(series.contains { $0.method == "_OTHER" && $0.status == 200 })
        #expect(series.allSatisfy { $0.httpVersion == "1.1" && $0.errorType == nil })
        for status in 0..<900 { recorder.requestEnded(answered(status: status), at: start) }
        series = SessionStatistics(recorder, at: start).series
        #expect(series.count == SeriesTable.capacity)
        #expect(series.reduce(0) { $0 + $1.durations.count } == 905)
        #expect(series.contains { $0.method == "_OTHER" && $0.errorType == .other && $0.durations.count > 800 })
    }

    @Test func `series of two full tables fit into one`() {
        var first = SessionRecorder(at: start)
        var second = SessionRecorder(at: start)
        for status in 0..<100 {
            first.requestEnded(answered(status: status), at: start)
            second.requestEnded(answered(status: 500 + status), at: start)
        }
        first.absorb(second)
        let series = SessionStatistics(first, at: start).series
        #expect(series.count == SeriesTable.capacity)
        #expect(series.reduce(0) { $0 + $1.durations.count } == 200)
    }

    @Test func `reasons of closed connections add up to their number`() {
        var recorder = SessionRecorder(at: start)
        recorder.explainClose(.idle, age: 60_000_000_000)
        recorder.explainClose(.age, age: 3_600_000_000_000)
        _ = recorder.setConnections(opened: 5, closed: 4, at: start)
        let statistics = SessionStatistics(recorder, at: start)
        #expect(statistics.closeReasons == [.idle: 1, .age: 1, .other: 2])
        #expect(statistics.lifetimes.count == 2 && statistics.lifetimes.maximum == .seconds(3_600))
        #expect(statistics.peakConnections == 1)
    }

    @Test func `efficiency is the share that had its permit at once`() {
        var recorder = SessionRecorder(at: start)
        #expect(SessionStatistics(recorder, at: start).efficiency == 1)
        recorder.requestQueued()
        for _ in 0..<4 { recorder.requestEnded(answered(), at: start) }
        #expect(SessionStatistics(recorder, at: start).efficiency == 0.75)
    }

    @Test func `health keeps the last verdict and the row of failures`() {
        var recorder = SessionRecorder(at: start)
        #expect(recorder.health.state == .unknown && recorder.health.lastCheck == nil)
        for _ in 0..<2 { recorder.healthChecked(succeeded: false, isHealthy: true, at: start) }
        let later = MonotonicTime(nanoseconds: 60_000_000_000)
        recorder.healthChecked(succeeded: false, isHealthy: false, at: later)
        #expect(recorder.health.state == .unhealthy && recorder.health.consecutiveFailures == 3)
        recorder.healthChecked(succeeded: true, isHealthy: true, at: later)
        #expect(recorder.health.state == .healthy && recorder.health.consecutiveFailures == 0)
        #expect(recorder.health.checks == 4 && recorder.health.failures == 3 && recorder.health.lastCheck == later)
    }
}
