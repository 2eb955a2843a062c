@testable import CurlTransport
import TestSupport
import Testing

/// The loop as an executor: what is asked of it runs on its thread, in order, and it ends with its last user.
@Suite(.timeLimit(.minutes(1)))
struct CurlEventLoopTests {
    /// An actor that lives on a loop.
    private actor Resident {
        private let loop: CurlEventLoop
        private(set) var calls: [Int] = []

        init(_ loop: CurlEventLoop) {
            self.loop = loop
        }

        nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

        func call(_ number: Int) -> Bool {
            calls.append(number)
            return loop.isCurrent
        }
    }

    @Test func `an actor's calls run on the loop's thread, in their order`() async throws {
        let loop = try CurlEventLoop()
        let resident = Resident(loop)
        for number in 0..<1_000 { #expect(await resident.call(number)) }
        #expect(await resident.calls == Array(0..<1_000))
        #expect(!loop.isCurrent)
    }

    @Test func `a task that prefers the loop runs on it, and returns to it after every wait`() async throws {
        let loop = try CurlEventLoop()
        let resident = Resident(loop)
        await withTaskExecutorPreference(loop) {
            #expect(loop.isCurrent)
            await Task.yield()
            #expect(loop.isCurrent)
            #expect(await resident.call(1))
            try? await Task.sleep(for: .milliseconds(1))
            #expect(loop.isCurrent)
        }
        #expect(!loop.isCurrent)
    }

    @Test func `submitted calls run in order, never inline`() async throws {
        let loop = try CurlEventLoop()
        let order = Observed<[Int]>([])
        for number in 0..<100 { loop.submit { order.update { $0.append(number) } } }
        try await order.wait("all calls") { $0.count == 100 }
        #expect(order.value == Array(0..<100))
        loop.submit {
            loop.submit { order.update { $0.append(2) } }
            order.update { $0 = [1] }
        }
        try await order.wait("the inner call") { $0.count == 2 }
        #expect(order.value == [1, 2])
    }

    @Test func `calls from many threads are all run`() async throws {
        let loop = try CurlEventLoop()
        let count = Observed(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    for _ in 0..<500 {
                        loop.submit { count.update { $0 += 1 } }
                        await Task.yield()
                    }
                }
            }
        }
        try await count.wait("8000 calls") { $0 == 8_000 }
    }

    @Test func `the thread and its descriptors go with the last reference`() async {
        // In a process of its own: other tests have loops too.
        await #expect(processExitsWith: .success) {
            try await Task.sleep(for: .milliseconds(1))
            let descriptors = try ProcessFacts.openDescriptors()
            for _ in 0..<20 {
                let loop = try CurlEventLoop(name: "short-lived")
                let resident = Resident(loop)
                try invariant(await resident.call(1), "the actor is not on its loop")
                try invariant(try ProcessFacts.threads(named: "short-lived") >= 1, "the loop has no thread")
                try invariant(await resident.call(1), "the actor has left its loop")
            }
            try await eventually {
                try ProcessFacts.openDescriptors() <= descriptors && ProcessFacts.threads(named: "short") == 0
            }
        }
    }

    @Test func `state of the loop is out of reach of other threads`() async {
        await #expect(processExitsWith: .failure) {
            let loop = try CurlEventLoop()
            loop.reactor.withValue { _ in }
        }
    }

    // MARK: Timers and kicks

    /// Records what the loop tells it.
    private actor Listener: LoopClient {
        let loop: CurlEventLoop
        let heard = Observed<[String]>([])

        init(_ loop: CurlEventLoop) {
            self.loop = loop
        }

        nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

        nonisolated func socketReady(_ descriptor: Int32, _ events: PollEvents) { note("ready") }
        nonisolated func idleSocketReady(_ descriptor: Int32, _ events: PollEvents) {
            note(events.contains(.hungUp) ? "hung up" : "idle bytes")
        }
        nonisolated func timerFired(_ tag: UInt64) { note("timer \(tag)") }
        nonisolated func kicked() { note("kick") }

        private nonisolated func note(_ text: String) {
            assumeIsolated { core in core.heard.update { $0.append(text) } }
        }

        /// Sets timers and cancels one of them, in one turn of the loop.
        func setTimers(
            _ milliseconds: [(tag: UInt64, after: Int)],
            cancelling index: Int? = nil
        ) -> [LoopReactor.TimerToken] {
            let now = MonotonicTime.now
            let tokens = milliseconds.map { timer in
                loop.reactor.withValue {
                    $0.setTimer(now.advanced(by: .milliseconds(timer.after)), for: self, tag: timer.tag)
                }
            }
            if let index { cancel(tokens[index]) }
            return tokens
        }

        func cancel(_ token: LoopReactor.TimerToken) { loop.reactor.withValue { $0.cancelTimer(token) } }

        func kick() { loop.reactor.withValue { $0.kick(self) } }
    }

    @Test func `timers fire in the order of their times, cancelled ones never`() async throws {
        let loop = try CurlEventLoop()
        let listener = Listener(loop)
        let tokens = await listener.setTimers([(3, 60), (1, 20), (9, 30), (2, 40)], cancelling: 2)
        try await listener.heard.wait("three timers") { $0.count == 3 }
        #expect(listener.heard.value == ["timer 1", "timer 2", "timer 3"])
        // One that has fired is no mistake.
        await listener.cancel(tokens[1])
    }

    @Test func `a timer is not lost while jobs keep the loop busy`() async throws {
        let loop = try CurlEventLoop()
        let listener = Listener(loop)
        let resident = Resident(loop)
        let busy = Task { while !Task.isCancelled { _ = await resident.call(0) } }
        _ = await listener.setTimers([(1, 5)])
        await listener.kick()
        try await listener.heard.wait("kick and timer") { Set($0) == ["kick", "timer 1"] }
        busy.cancel()
        await busy.value
    }
}
