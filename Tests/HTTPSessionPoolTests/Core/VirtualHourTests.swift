import CurlTransport
@testable import HTTPSessionPool
import TestSupport
import Testing

/// An hour and more of a session's upkeep, with a clock that jumps from one deadline to the next.
struct VirtualHourTests {
    /// A session without sockets: what the shell does with the machines' actions.
    private struct Simulation {
        var now = MonotonicTime(nanoseconds: 0)
        var keeper: ConnectionKeeper
        var health: HealthMonitor
        var connections: [ConnectionKeeper.Connection] = []
        var lastUse = MonotonicTime(nanoseconds: 0)
        var lastSuccess: MonotonicTime?
        var target: Int
        var (opened, idleClosed, ageClosed, checks, skipped, steps) = (0, 0, 0, 0, 0, 0)
        var oldest: Duration = .zero

        init(seed: UInt64, target: Int) {
            keeper = ConnectionKeeper(.init(), seed: seed, at: now)
            health = HealthMonitor(.init(), seed: seed, at: now)
            self.target = target
        }

        var situation: ConnectionKeeper.Situation {
            var situation = ConnectionKeeper.Situation(lastUse: lastUse)
            situation.connections = connections
            situation.warmTarget = target
            situation.room = 10
            return situation
        }

        mutating func open() {
            opened += 1
            connections.append(.init(id: Int32(opened), serial: UInt64(opened), openedAt: now, idleSince: now))
        }

        /// A request on the connection that was used last, as libcurl does.
        mutating func request() {
            if connections.isEmpty { open() }
            connections[connections.count - 1].idleSince = now
            (lastUse, lastSuccess) = (now, now)
            health.wake(at: now)
        }

        mutating func sweep() {
            for action in keeper.sweep(at: now, situation) {
                switch action {
                case .close(let id, let reason):
                    if reason == .idle { idleClosed += 1 } else { ageClosed += 1 }
                    connections.removeAll { $0.id == id }
                case .warmUp(let count):
                    keeper.warmUpBegan()
                    while connections.count < count { open() }
                    keeper.warmUpEnded(reached: true, at: now)
                }
            }
            let isWanted = target > 0 || lastUse.advanced(by: .seconds(300)) > now
            switch health.step(at: now, lastSuccess: lastSuccess, isWanted: isWanted, isFree: true) {
            case .check:
                checks += 1
                if !connections.isEmpty { connections[connections.count - 1].idleSince = now }
                _ = health.checkEnded(succeeded: true, at: now)
            case .skipped: skipped += 1
            case .none, .yielded: break
            }
            for connection in connections { oldest = max(oldest, connection.openedAt.duration(to: now)) }
        }

        /// Goes from deadline to deadline, with a request every `interval`.
        mutating func run(for duration: Duration, requestEvery interval: Duration? = nil) {
            let end = now.advanced(by: duration)
            var nextRequest = interval.map(now.advanced(by:))
            while steps < 100_000 {
                steps += 1
                let times = [keeper.nextSweep(after: now, situation), health.nextStep, nextRequest].compactMap(\.self)
                guard let next = times.min(), next < end else { break }
                now = max(now, next)
                if let due = nextRequest, let interval, due <= now {
                    request()
                    nextRequest = now.advanced(by: interval)
                }
                sweep()
            }
            now = end
        }
    }

    @Test(arguments: [1, 42, 0xDEAD] as [UInt64])
    func `five hours with two connections kept and nothing to do`(seed: UInt64) {
        var simulation = Simulation(seed: seed, target: 2)
        simulation.run(for: .seconds(5 * 3_600))
        #expect(simulation.connections.count == 2, "seed \(seed)")
        // Checks use the younger one; the other is replaced whenever it was idle for 300 s.
        #expect((60...70).contains(simulation.idleClosed), "seed \(seed): \(simulation)")
        #expect(simulation.opened == 2 + simulation.idleClosed, "seed \(seed): \(simulation)")
        #expect((270...330).contains(simulation.checks), "seed \(seed): \(simulation.checks) checks")
        #expect(simulation.health.state == .healthy)
        #expect(simulation.steps < 1_000, "seed \(seed): it wakes up too often")
    }

    @Test(arguments: [1, 42, 0xDEAD] as [UInt64])
    func `five hours with one connection, which checks keep from being idle and age ends`(seed: UInt64) {
        var simulation = Simulation(seed: seed, target: 1)
        simulation.run(for: .seconds(5 * 3_600))
        #expect(simulation.idleClosed == 0, "seed \(seed): \(simulation)")
        #expect((4...5).contains(simulation.ageClosed), "seed \(seed): \(simulation)")
        #expect(simulation.oldest <= .seconds(3_600), "seed \(seed): \(simulation.oldest)")
        #expect(simulation.connections.count == 1, "seed \(seed)")
    }

    @Test(arguments: [3, 77] as [UInt64])
    func `an hour of requests needs no check and one connection`(seed: UInt64) {
        var simulation = Simulation(seed: seed, target: 0)
        simulation.run(for: .seconds(3_100), requestEvery: .seconds(7))
        #expect(simulation.checks == 0, "seed \(seed)")
        #expect(simulation.skipped > 40, "seed \(seed)")
        #expect(simulation.opened == 1, "seed \(seed)")
    }

    @Test(arguments: [5, 6] as [UInt64])
    func `a session that nobody uses any more falls asleep with nothing open`(seed: UInt64) {
        var simulation = Simulation(seed: seed, target: 0)
        simulation.request()
        simulation.run(for: .seconds(3_600))
        #expect(simulation.connections.isEmpty, "seed \(seed)")
        #expect(simulation.idleClosed == 1, "seed \(seed)")
        // One interval after another until 300 s have passed, and not one more.
        #expect((3...6).contains(simulation.checks), "seed \(seed): \(simulation.checks)")
        #expect(simulation.keeper.nextSweep(after: simulation.now, simulation.situation) == nil)
        #expect(simulation.health.nextStep == nil)
    }
}
