import CurlTransport
import HTTPSessionPool
import Testing

@Suite struct `Choice of hosts` {
    private func at(_ seconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    @Test func `a host rests after three failures in a row, and is then tried again`() {
        var health = HostHealth(unhealthyAfter: 3, pause: .seconds(30))
        health.fail(at: at(0))
        health.fail(at: at(1))
        health.succeed()
        health.fail(at: at(2))
        health.fail(at: at(3))
        #expect(health.remainingPause(at: at(3)) == .zero)
        health.fail(at: at(4))
        #expect(health.remainingPause(at: at(4)) == .seconds(30))
        #expect(health.remainingPause(at: at(33)) == .seconds(1))
        #expect(health.remainingPause(at: at(34)) == .zero)
        // One more failure is enough for another pause; one success forgets everything.
        health.fail(at: at(40))
        #expect(health.remainingPause(at: at(41)) == .seconds(29))
        health.succeed()
        #expect(health.remainingPause(at: at(41)) == .zero)
    }

    @Test func `a longer rest is not shortened by a failure`() {
        var health = HostHealth(unhealthyAfter: 1, pause: .seconds(30))
        health.rest(until: at(100))
        health.fail(at: at(1))
        #expect(health.remainingPause(at: at(1)) == .seconds(99))
    }

    @Test func `round robin takes the healthy hosts in turn`() {
        var selector = RoundRobinSelector()
        var hosts = ["a", "b", "c"].map { HostStatus(name: $0) }
        #expect((0..<6).map { _ in selector.select(from: hosts) } == [0, 1, 2, 0, 1, 2])
        hosts[1] = HostStatus(name: "b", isHealthy: false)
        #expect((0..<4).map { _ in selector.select(from: hosts) } == [0, 2, 0, 2])
        hosts[0] = HostStatus(name: "a", isHealthy: false)
        hosts[2] = HostStatus(name: "c", isHealthy: false)
        #expect(selector.select(from: hosts) == nil)
        #expect(selector.select(from: []) == nil)
    }
}
