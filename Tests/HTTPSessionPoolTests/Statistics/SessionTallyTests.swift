import CurlTransport
@testable import HTTPSessionPool
import TestSupport
import Testing

/// An observer that writes down what it hears.
final class RecordingObserver: PoolObserver {
    struct Heard: Sendable, Equatable {
        var started: [UInt64] = []
        var ended: [RequestEndedEvent] = []
        var queued = 0
        var dequeued: [WaiterEndedEvent.Outcome] = []
        var opened = 0
        var closed: [ConnectionCloseReason] = []
        var ages: [Duration?] = []
        var created: [String] = []
        var gone: [String] = []
        var checks: [Bool] = []
    }

    let heard = Observed(Heard())

    func requestStarted(_ request: RequestStartedEvent) { heard.update { $0.started.append(request.id) } }
    func requestEnded(_ request: RequestEndedEvent) { heard.update { $0.ended.append(request) } }
    func requestQueued(_ waiter: WaiterEvent) { heard.update { $0.queued += 1 } }
    func requestDequeued(_ waiter: WaiterEndedEvent) { heard.update { $0.dequeued.append(waiter.outcome) } }
    func connectionOpened(_ connection: ConnectionEvent) { heard.update { $0.opened += 1 } }
    func connectionClosed(_ connection: ConnectionClosedEvent) {
        heard.update {
            $0.closed.append(connection.reason)
            $0.ages.append(connection.age)
        }
    }
    func sessionCreated(_ session: SessionEvent) { heard.update { $0.created.append(session.origin) } }
    func sessionClosed(_ session: SessionEvent) { heard.update { $0.gone.append(session.origin) } }
    func healthChecked(_ check: HealthEvent) { heard.update { $0.checks.append(check.isHealthy) } }
}

/// An observer under whose eyes a session is closed while it is told that the session exists.
private final class ClosingObserver: PoolObserver {
    let order = Observed<[String]>([])
    let tally = Observed<SessionTally?>(nil)

    func sessionCreated(_ session: SessionEvent) {
        order.update { $0.append("creating") }
        tally.value?.close()
        order.update { $0.append("created") }
    }
    func sessionClosed(_ session: SessionEvent) { order.update { $0.append("closed") } }
}

/// An observer that leaves every method to its default.
private struct SilentObserver: PoolObserver {}

@Suite struct SessionTallyTests {
    private let session = SessionEvent(pool: "default", origin: "https://api.example.com", sessionID: 7)

    private func tally(_ observer: (any PoolObserver)?, pool: PoolTally? = nil) -> SessionTally {
        let tally = SessionTally()
        tally.attach(session, pool: pool, observer: observer)
        return tally
    }

    @Test func `a session's end is told after its beginning, whenever it comes`() {
        let early = RecordingObserver()
        let closedFirst = tally(early)
        closedFirst.close()
        #expect(early.heard.value.gone.isEmpty)
        closedFirst.announce()
        #expect(early.heard.value.created.count == 1)
        #expect(early.heard.value.gone.count == 1, "a gauge of sessions is at 0 again")
        closedFirst.close()
        closedFirst.announce()
        #expect(early.heard.value.created.count == 1 && early.heard.value.gone.count == 1)

        let meanwhile = ClosingObserver()
        let closedMeanwhile = tally(meanwhile)
        meanwhile.tally.update { $0 = closedMeanwhile }
        // The two hold each other, which a leak checker tells of.
        defer { meanwhile.tally.update { $0 = nil } }
        closedMeanwhile.announce()
        #expect(meanwhile.order.value == ["creating", "created", "closed"])
    }

    @Test func `everything that is counted is told, once`() {
        let observer = RecordingObserver()
        let tally = tally(observer)
        tally.announce()
        tally.announce()
        tally.requestStarted(id: 1, method: "POST")
        tally.requestQueued(waiting: 1)
        tally.requestDequeued(.granted, after: 5_000_000)
        tally.setConnections(opened: 2, closed: 0)
        tally.setIdle(2)
        tally.setConnections(opened: 2, closed: 0)
        var end = RequestEnd(failedInQueue: .internalError)
        end.id = 1
        end.result = .response(status: 503)
        end.transfer = 20_000_000
        end.queue = 5_000_000
        end.connectionsOpened = 1
        tally.requestEnded(end, at: .now)
        tally.connectionClosed(.idle, age: 1_000_000_000)
        tally.setIdle(0)
        tally.setConnections(opened: 2, closed: 2)
        tally.healthChecked(succeeded: true, isHealthy: true, at: .now)
        tally.close()
        tally.close()
        let heard = observer.heard.value
        #expect(heard.started == [1] && heard.queued == 1 && heard.dequeued == [.granted])
        #expect(heard.opened == 2 && heard.closed == [.idle, .other] && heard.ages == [.seconds(1), nil])
        #expect(heard.created == [session.origin] && heard.gone == [session.origin] && heard.checks == [true])
        #expect(heard.ended.count == 1)
        #expect(heard.ended.first?.errorType == "503" && heard.ended.first?.queueTime == .milliseconds(5))
        #expect(heard.ended.first?.duration == .milliseconds(20) && heard.ended.first?.reusedConnection == false)
    }

    @Test func `a socket that was opened and closed in one step is told of in that order, with its age`() {
        let observer = RecordingObserver()
        let tally = tally(observer)
        tally.connectionClosed(.age, age: 3_000)
        tally.setConnections(opened: 3, closed: 2, ages: [2_000, 1_000])
        let heard = observer.heard.value
        #expect(heard.opened == 3 && heard.closed == [.age, .other, .other])
        #expect(heard.ages == [.nanoseconds(3_000), .nanoseconds(2_000), .nanoseconds(1_000)])
        #expect(tally.snapshot.closeReasons == [.age: 1, .other: 1])
        tally.setConnections(opened: 3, closed: 3)
        #expect(observer.heard.value.closed.count == 3, "each is told of once")
        #expect(tally.snapshot.closeReasons == [.age: 1, .other: 2] && tally.snapshot.lifetimes.count == 3)
    }

    @Test func `an observer that implements nothing changes nothing`() {
        let silent = tally(SilentObserver())
        let alone = tally(nil)
        for tally in [silent, alone] {
            tally.announce()
            tally.requestStarted(id: 1, method: "GET")
            tally.requestQueued(waiting: 1)
            tally.requestDequeued(.cancelled, after: 1)
            tally.setConnections(opened: 1, closed: 1)
            tally.connectionClosed(.error)
            tally.requestEnded(RequestEnd(failedInQueue: .cancelled), at: MonotonicTime(nanoseconds: 0))
            tally.healthChecked(succeeded: true, isHealthy: true, at: MonotonicTime(nanoseconds: 0))
            tally.close()
        }
        let now = MonotonicTime(nanoseconds: 1)
        #expect(silent.snapshot(at: now) == alone.snapshot(at: now))
    }

    @Test func `gauges follow, and peaks stay`() {
        let tally = tally(nil)
        for count in [3, 9, 2] {
            tally.setLoad(running: count, waiting: count * 2)
        }
        let statistics = tally.snapshot
        #expect(statistics.running == 2 && statistics.peakRunning == 9)
        #expect(statistics.waiting == 4 && statistics.peakWaiting == 18)
    }

    @Test func `idle sockets are never more than the open ones, whatever was stored last`() {
        let tally = tally(nil)
        tally.setIdle(3)
        tally.setConnections(opened: 3, closed: 0)
        tally.setIdle(8)
        #expect(tally.snapshot.idleConnections == 3 && tally.snapshot.inUseConnections == 0)
        tally.setIdle(1)
        #expect(tally.snapshot.idleConnections == 1 && tally.snapshot.inUseConnections == 2)
    }

    @Test func `a pool's peak is that of all sessions at a time`() {
        let pool = PoolTally()
        let (first, second) = (tally(nil, pool: pool), tally(nil, pool: pool))
        first.setConnections(opened: 5, closed: 0)
        first.setConnections(opened: 5, closed: 5)
        second.setConnections(opened: 3, closed: 0)
        #expect(pool.openConnections == 3 && pool.peakConnections == 5)
    }

    @Test func `closed sessions are folded by origin, whose number is limited`() {
        var retired = RetiredSessions()
        for index in 0..<(RetiredSessions.maxOrigins + 10) {
            let tally = SessionTally()
            tally.setConnections(opened: 2, closed: 2)
            tally.close()
            retired.follow(tally, origin: "https://host-\(index).example.com")
        }
        let open = SessionTally()
        open.setIdle(1)
        open.setConnections(opened: 1, closed: 0)
        retired.follow(open, origin: "https://host-0.example.com")
        let all = retired.statistics(at: .now)
        #expect(all.count == RetiredSessions.maxOrigins + 2, "every origin, the overflow and the open session")
        #expect(all.reduce(0) { $0 + $1.statistics.connectionsCreated } == 2 * (RetiredSessions.maxOrigins + 10) + 1)
        #expect(all.first { $0.origin == RetiredSessions.overflowOrigin }?.statistics.connectionsCreated == 20)
        #expect(all.reduce(0) { $0 + $1.statistics.totalConnections } == 1)
    }
}
