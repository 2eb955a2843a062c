@testable import CurlTransport
import Glibc
import TestSupport
import Testing

/// Which events reach whom: a kept descriptor stays registered, and nobody is told what nobody wants.
struct LoopReactorTests {
    private actor Client: LoopClient {
        nonisolated func socketReady(_ descriptor: Int32, _ events: PollEvents) {}
        nonisolated func idleSocketReady(_ descriptor: Int32, _ events: PollEvents) {}
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
        reactor.rest(ends.ours, of: client)
        let taken2 = reactor.watch(ends.ours, for: .readable, client: client)
        #expect(taken2)
        // Had it been registered anew it would have been added twice, which the kernel refuses.
        #expect(Self.send(ends.theirs))
        let events = Self.events(&reactor)
        #expect(events.map(\.isIdle) == [false])
        #expect(events.first?.events.contains(.readable) == true)
        reactor.forget(ends.ours)
    }

    @Test func `bytes for a descriptor at rest are told as such, and once`() throws {
        var reactor = try LoopReactor()
        let (client, ends) = (Client(), try Self.pair())
        defer { for end in [ends.ours, ends.theirs] { close(end) } }
        _ = reactor.watch(ends.ours, for: .readable, client: client)
        reactor.rest(ends.ours, of: client)
        #expect(Self.send(ends.theirs))
        let told3 = Self.events(&reactor)
        #expect(told3.map(\.isIdle) == [true])
        var raw: [EpollPoller.Event] = []
        reactor.poll(sleep: false, now: .now, into: &raw)
        #expect(raw.isEmpty, "the kernel would wake the loop for ever")
        reactor.watchIdle(ends.ours, of: client)
        let toldAgain = Self.events(&reactor)
        #expect(toldAgain.map(\.isIdle) == [true])
        // Who wants them again, gets them.
        _ = reactor.watch(ends.ours, for: .readable, client: client)
        let told4 = Self.events(&reactor)
        #expect(told4.map(\.isIdle) == [false])
        reactor.forget(ends.ours)
    }

    @Test func `the hang-up of a descriptor at rest is told as such`() throws {
        var reactor = try LoopReactor()
        let (client, ends) = (Client(), try Self.pair())
        defer { close(ends.ours) }
        _ = reactor.watch(ends.ours, for: .readable, client: client)
        reactor.rest(ends.ours, of: client)
        close(ends.theirs)
        let told5 = Self.events(&reactor)
        #expect(told5.map(\.isIdle) == [true])
        let told6 = Self.events(&reactor)
        #expect(told6.isEmpty)
        reactor.forget(ends.ours)
    }

    /// Closes a descriptor, and gives its number to another file.
    private static func replace(_ ends: (ours: Int32, theirs: Int32)) throws -> (ours: Int32, theirs: Int32) {
        close(ends.ours)
        close(ends.theirs)
        let next = try pair()
        guard next.ours != ends.ours else { return next }
        try #require(dup2(next.ours, ends.ours) == ends.ours)
        close(next.ours)
        return (ends.ours, next.theirs)
    }

    /// libcurl 7.88.1 closes sockets that never carried a request without a word (`cf_socket_close`).
    @Test(arguments: ["opened", "another client", "a foreign one", "for more than before"])
    func `a number that was closed without a word and opened again is watched anew`(how: String) throws {
        var reactor = try LoopReactor()
        let (first, second, ends) = (Client(), Client(), try Self.pair())
        let taken = reactor.watch(ends.ours, for: how == "for more than before" ? .writable : .readable, client: first)
        #expect(taken)
        let next = try Self.replace(ends)
        defer { for end in [next.ours, next.theirs] { close(end) } }
        let takenAgain: Bool
        switch how {
        case "opened":
            reactor.opened(next.ours, by: first, wasOpen: true)
            takenAgain = true
        case "another client": takenAgain = reactor.watch(next.ours, for: .readable, client: second)
        case "a foreign one": takenAgain = reactor.watch(next.ours, for: .readable, client: first, isForeign: true)
        default: takenAgain = reactor.watch(next.ours, for: .readable, client: first)
        }
        #expect(takenAgain)
        #expect(Self.send(next.theirs))
        let told = Self.events(&reactor)
        #expect(told.map(\.isIdle) == [false])
        reactor.forget(next.ours)
    }

    @Test func `a descriptor that is registered already is taken all the same`() throws {
        var reactor = try LoopReactor()
        let (client, ends) = (Client(), try Self.pair())
        defer { for end in [ends.ours, ends.theirs] { close(end) } }
        for _ in 0..<2 {
            let taken = reactor.watch(ends.ours, for: .readable, client: client, isForeign: true)
            #expect(taken)
        }
        #expect(Self.send(ends.theirs))
        let told = Self.events(&reactor)
        #expect(told.count == 1)
        reactor.forget(ends.ours)
    }

    @Test func `a client that lets go of a number late does not silence its next owner`() throws {
        var reactor = try LoopReactor()
        let (first, second, ends) = (Client(), Client(), try Self.pair())
        _ = reactor.watch(ends.ours, for: .readable, client: first)
        let next = try Self.replace(ends)
        defer { for end in [next.ours, next.theirs] { close(end) } }
        _ = reactor.watch(next.ours, for: .readable, client: second)
        reactor.rest(next.ours, of: first)
        reactor.forget(next.ours, of: first)
        #expect(Self.send(next.theirs))
        let told = Self.events(&reactor)
        #expect(told.map(\.isIdle) == [false])
        reactor.forget(next.ours)
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
