import CurlTransport
@testable import HTTPSessionPool
@testable import PoolServer

/// Statistics of pools that never ran, with every kind of number in them.
enum Sample {
    static let start = MonotonicTime(nanoseconds: 0)

    static func end(
        _ result: RequestEnd.Result = .response(status: 200),
        after milliseconds: Int64 = 180,
        opened: Int = 0,
        method: String = "POST",
        isStream: Bool = false
    ) -> RequestEnd {
        var end = RequestEnd(failedInQueue: .internalError)
        end.result = result
        end.transfer = milliseconds * 1_000_000
        end.method = method
        end.isStream = isStream
        end.connectionsOpened = opened
        end.connect = opened > 0 ? 30_000_000 : 0
        end.hadHandshake = opened > 0
        end.httpVersion = 2
        return end
    }

    /// A session as the old pools' guide shows it: 10 created, 3 destroyed, 150 reused, 5 of 7 idle.
    static func guide() -> SessionStatistics {
        var recorder = SessionRecorder(at: start)
        for _ in 0..<10 { recorder.requestEnded(end(opened: 1), at: start) }
        for _ in 0..<150 { recorder.requestEnded(end(), at: start) }
        _ = recorder.setConnections(opened: 10, closed: 3, at: start)
        recorder.healthChecked(succeeded: false, isHealthy: true, at: start)
        var statistics = SessionStatistics(recorder, at: start)
        statistics.idleConnections = 5
        statistics.running = 2
        return statistics
    }

    /// A session with failures, waits, streams and reasons.
    static func troubled() -> SessionStatistics {
        var recorder = SessionRecorder(at: start)
        recorder.requestEnded(end(.response(status: 429), method: "GET"), at: start)
        recorder.requestEnded(end(.failure(.firstByteTimeout), after: 60_000), at: start)
        recorder.requestEnded(end(.failure(.connectionLost), isStream: true), at: start)
        recorder.requestEnded(end(.failure(.cancelled)), at: start)
        recorder.requestEnded(RequestEnd(failedInQueue: .acquireTimeout, queue: 5_000_000_000), at: start)
        recorder.requestQueued()
        recorder.firstChunk(after: 900_000_000)
        recorder.released(after: 500_000)
        recorder.validationFailed(at: start)
        recorder.explainClose(.idle, age: 300_000_000_000)
        recorder.explainClose(.age, age: 3_600_000_000_000)
        _ = recorder.setConnections(opened: 3, closed: 3, at: start)
        for _ in 0..<3 { recorder.healthChecked(succeeded: false, isHealthy: false, at: start) }
        var statistics = SessionStatistics(recorder, at: start)
        statistics.waiting = 4
        return statistics
    }

    static func pool(
        _ sessions: [(origin: String, statistics: SessionStatistics)],
        retired: [(origin: String, statistics: SessionStatistics)] = [],
        name: String = "default",
        state: PoolStatistics.State = .running,
        maxSessions: Int = 10,
        seconds: Int64 = 812
    ) -> PoolStatistics {
        let facts = PoolStatistics.Facts(
            name: name,
            state: state,
            started: start,
            sessionsCreated: sessions.count,
            evictions: 0,
            waiting: 0,
            placeWaits: LatencyHistogram(),
            placeTimeouts: 0,
            peakConnections: 7,
            maxSessions: maxSessions,
            maxTotalConnections: nil
        )
        let snapshots = sessions.enumerated().map { index, one in
            PoolStatistics.SessionSnapshot(
                origin: one.origin,
                id: UInt64(index + 1),
                statistics: one.statistics,
                limits: SessionConfiguration.Limits(),
                minConnections: 2
            )
        }
        return PoolStatistics(
            facts,
            sessions: snapshots,
            retired: retired,
            at: MonotonicTime(nanoseconds: seconds * 1_000_000_000)
        )
    }

    /// A pool with a session that is well and one that is not.
    static var both: PoolStatistics {
        pool([("https://api.example.com", guide()), ("http://[::1]:8080", troubled())])
    }

    static func application(
        token: String? = nil,
        readiness: [String] = [],
        conditions: [SessionCondition]? = nil,
        _ statistics: @escaping @Sendable () -> PoolStatistics = { both }
    ) -> PoolApplication {
        PoolApplication(
            token: token.map(AccessToken.init),
            readiness: { readiness },
            healthCheckInterval: .seconds(60),
            sampleInterval: 5_000_000_000,
            requiresWarmUp: conditions != nil,
            statistics: statistics,
            conditions: { conditions ?? [] },
            // Half past two on 29 January 2024.
            clock: ServerClock(wall: { 1_706_538_600_000_000_000 })
        )
    }
}

extension PoolApplication {
    func get(_ path: String, method: String = "GET", _ fields: [(name: String, value: String)] = []) -> ServerResponse {
        let host = fields.contains { $0.name.lowercased() == "host" } ? [] : [(name: "Host", value: "localhost")]
        return respond(to: ServerRequest(method: method, path: path, fields: host + fields))
    }
}

extension ServerResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}
