@testable import CurlTransport
import Glibc
import TestSupport
import Testing

/// Which events reach whom: a kept descriptor stays registered, and nobody is told what nobody wants.
struct LoopReactorTests {
    private actor Client: LoopClient {
        nonisolated func socketReady(_ descriptor: Int32, _ events: PollEvents) {}
        nonisolated func idleSocketHungUp(_ descriptor: Int32) {}
        nonisolated func timerFired(_ tag: UInt64) {}
        nonisolated func kicked() {}
    }

    private static func pair() throws -> (ours: Int32, theirs: Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        return (ends[0], ends[1])
    }

    private static func events(_ reactor: inout LoopReactor) -> [(isIdle: Bool, events: PollEvents)] {
        var events: [EpollPoller.Event] = []
        reactor.poll(sleep: false, now: .now, into: &events)
        return events.compactMap { event in
            reactor.claim(event).map { ($0.isIdle, event.events) }
        }
    }

    @Test func `a descriptor at rest is registered still, and watched again without a call to the kernel`() throws {
        var reactor = try LoopReactor()
        let (client, ends) = (Client(), try Self.pair())
        defer { for end in [ends.ours, ends.theirs] { close(end) } }
        let taken1 = reactor.watch(ends.ours, for: .readable, client: client)
        #expect(taken1)
        reactor.rest(ends.ours)
        let taken2 = reactor.watch(ends.ours, for: .readable, client: client)
        #expect(taken2)
        // Had it been registered anew it would have been added twice, which the kernel refuses.
        #expect(Self.send(ends.theirs))
        let events = Self.events(&reactor)
        #expect(events.map(\.isIdle) == [false])
        #expect(events.first?.events.contains(.readable) == true)
        reactor.forget(ends.ours)
    }

    @Test func `bytes for nobody are told to nobody, and once`() throws {
        var reactor = try LoopReactor()
        let (client, ends) = (Client(), try Self.pair())
        defer { for end in [ends.ours, ends.theirs] { close(end) } }
        _ = reactor.watch(ends.ours, for: .readable, client: client)
        reactor.rest(ends.ours)
        #expect(Self.send(ends.theirs))
        let told3 = Self.events(&reactor)
        #expect(told3.isEmpty)
        var raw: [EpollPoller.Event] = []
        reactor.poll(sleep: false, now: .now, into: &raw)
        #expect(raw.isEmpty, "the kernel would wake the loop for ever")
        // Who wants them again, gets them.
        _ = reactor.watch(ends.ours, for: .readable, client: client)
        let told4 = Self.events(&reactor)
        #expect(told4.count == 1)
        reactor.forget(ends.ours)
    }

    @Test func `the hang-up of a descriptor at rest is told as such`() throws {
        var reactor = try LoopReactor()
        let (client, ends) = (Client(), try Self.pair())
        defer { close(ends.ours) }
        _ = reactor.watch(ends.ours, for: .readable, client: client)
        reactor.rest(ends.ours)
        close(ends.theirs)
        let told5 = Self.events(&reactor)
        #expect(told5.map(\.isIdle) == [true])
        let told6 = Self.events(&reactor)
        #expect(told6.isEmpty)
        reactor.forget(ends.ours)
    }

    @Test func `a number that was closed and opened again is watched anew`() throws {
        var reactor = try LoopReactor()
        let (client, ends) = (Client(), try Self.pair())
        _ = reactor.watch(ends.ours, for: .readable, client: client)
        let number = ends.ours
        close(ends.ours)
        close(ends.theirs)
        let next = try Self.pair()
        defer { for end in [number, next.theirs] { close(end) } }
        if next.ours != number {
            try #require(dup2(next.ours, number) == number)
            close(next.ours)
        }
        reactor.renew(number)
        #expect(Self.send(next.theirs))
        let told7 = Self.events(&reactor)
        #expect(told7.count == 1)
        reactor.forget(number)
    }

    @Test func `one client does not forget the descriptor of another`() throws {
        var reactor = try LoopReactor()
        let (first, second, ends) = (Client(), Client(), try Self.pair())
        defer { for end in [ends.ours, ends.theirs] { close(end) } }
        _ = reactor.watch(ends.ours, for: .readable, client: first)
        reactor.forget(ends.ours, of: second)
        #expect(Self.send(ends.theirs))
        let told8 = Self.events(&reactor)
        #expect(told8.count == 1)
        reactor.forget(ends.ours, of: first)
        let told9 = Self.events(&reactor)
        #expect(told9.isEmpty)
    }

    private static func send(_ descriptor: Int32) -> Bool {
        var byte: UInt8 = 1
        return unsafe write(descriptor, &byte, 1) == 1
    }
}
