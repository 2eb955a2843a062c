import HTTPSessionPool
import Synchronization

/// One of many who call at the same time: a walk that its seed alone decides.
final class Caller: Sendable {
    private let group: Group
    private let session: Session
    private let findings: Findings
    private let faults: Set<String>
    private let firstNumber: Int
    private let seed: UInt64
    private let evict: @Sendable () -> Void
    /// When the call under way began, 0 when there is none, and what it is.
    private let current = Mutex<(since: Int64, plan: Plan?)>((0, nil))
    private let counts = Mutex<[String: Int]>([:])

    /// How far a caller's numbers are from those of the next one; runs of other seeds have others.
    private static let numbersEach = 1_000_000

    init(
        _ index: Int,
        _ group: Group,
        _ session: Session,
        _ findings: Findings,
        _ options: Options,
        evict: @escaping @Sendable () -> Void
    ) {
        self.evict = evict
        self.group = group
        self.session = session
        self.findings = findings
        faults = options.faults
        firstNumber = (Int(options.seed % 1_000) * 1_000 + index + 1) * Self.numbersEach
        seed = options.seed &* 100_003 &+ UInt64(index)
    }

    /// How the calls have ended, by name.
    var outcomes: [String: Int] { counts.withLock { $0 } }

    /// The call that is under way for longer than so many nanoseconds.
    func stuck(longerThan limit: Int64) -> String? {
        let (since, plan) = current.withLock { $0 }
        guard since > 0, let plan else { return nil }
        let age = monotonicNanoseconds() - since
        return age > limit ? "\(group.name): \(plan) is under way for \(age / 1_000_000_000) s" : nil
    }

    /// Calls until the time is over.
    func run(until end: Int64) async {
        var random = SplitMix64(seed: seed)
        var number = firstNumber
        while monotonicNanoseconds() < end {
            number += 1
            let plan = Plan(number, group, faults: faults, &random)
            await call(plan)
            let pause = random.pick([0, random.below(10_000), random.below(60_000)])
            if pause > 0 { try? await Task.sleep(for: .microseconds(pause)) }
        }
    }

    private func call(_ plan: Plan) async {
        let start = monotonicNanoseconds()
        current.withLock { $0 = (start, plan) }
        let outcome: String
        if let cancelAfter = plan.cancelAfter {
            let task = Task { await self.perform(plan, since: start) }
            if cancelAfter > 100 { try? await Task.sleep(for: .microseconds(cancelAfter)) } else { await Task.yield() }
            task.cancel()
            outcome = await task.value
        } else {
            outcome = await perform(plan, since: start)
        }
        current.withLock { $0 = (0, nil) }
        counts.withLock { $0[outcome, default: 0] += 1 }
    }

    /// Makes the call, judges what came of it, and says how it ended.
    @concurrent private func perform(_ plan: Plan, since start: Int64) async -> String {
        var verifier = Verifier()
        do throws(SessionError) {
            let isWhole = try await receive(plan, into: &verifier)
            judge(verifier, plan, since: start, isWhole: isWhole)
            return isWhole ? "whole" : "left"
        } catch {
            judge(verifier, plan, since: start, isWhole: false)
            judge(error, verifier, plan, since: start)
            return error.code.description
        }
    }

    /// Whether the body was read to its end.
    private func receive(_ plan: Plan, into verifier: inout Verifier) async throws(SessionError) -> Bool {
        var (pause, pieces, wait) = (0, Int.max, 0)
        switch plan.reading {
        case .whole:
            let response = try await session.send(plan.request)
            verifier.take(response.body)
            verifier.headers = response.headers["X-Chaos"]
            return true
        case .stream(let startsAfter): wait = startsAfter
        case .slowly(let each): pause = each
        case .pieces(let count): pieces = count
        }
        let response = try await session.stream(plan.request)
        verifier.headers = response.headers["X-Chaos"]
        if wait > 0 { try? await Task.sleep(for: .milliseconds(wait)) }
        var iterator = response.body.makeAsyncIterator()
        var pauses = 10
        while pieces > 0 {
            if pause > 0, pauses > 0 {
                pauses -= 1
                try? await Task.sleep(for: .milliseconds(pause))
            }
            guard let piece = try await iterator.next() else { return true }
            verifier.take(piece)
            pieces -= 1
        }
        return false
    }

    // MARK: Judging

    private func judge(_ verifier: Verifier, _ plan: Plan, since start: Int64, isWhole: Bool) {
        // Nothing came, which is for the error to explain.
        guard isWhole || verifier.hasBegun else { return }
        guard judgeSource(verifier.source, plan, since: start) else { return }
        if plan.method == .head {
            if verifier.hasBegun { found(.foreignBytes, plan, "HEAD has a body") }
        } else if let damage = verifier.damage {
            found(.foreignBytes, plan, damage)
        } else if let line = verifier.line, line.source.number != plan.number {
            found(.foreignBytes, plan, "the body is that of \(line.source.number), the head is not")
        } else if isWhole, let line = verifier.line, verifier.received == line.length {
            guard Pattern.crc32(Pattern.payload(plan.number, line.length)) == line.crc else {
                return found(.foreignBytes, plan, "the checksum is another's")
            }
        } else if isWhole {
            let kind = plan.isCut ? Findings.Kind.cutAsWhole : .lostEnd
            found(kind, plan, "\(verifier.received) of \(plan.length) bytes, no error")
        }
    }

    /// Whether the answer is that of the request.
    private func judgeSource(_ source: Verifier.Source?, _ plan: Plan, since start: Int64) -> Bool {
        guard let source else {
            found(.foreignBytes, plan, "the answer does not say whose it is")
            return false
        }
        guard source.number != plan.number || source.kind != "answer" else { return true }
        let early = start - source.time
        if early > Self.margin {
            // Sent before the call was made, so it lay on the connection before the request went out.
            let age = "sent \(early / 1_000_000) ms before the call was made"
            found(.staleAnswer, plan, "answered with \(source.kind) of \(source.number), \(age)")
        } else if source.isPoisoned {
            findings.crossed()
        } else {
            found(.foreignBytes, plan, "answered with \(source.kind) of \(source.number)")
        }
        return false
    }

    /// By how much an answer must be older than its call to be told from one that crossed with the request.
    private static let margin: Int64 = 20_000_000

    private func judge(_ error: SessionError, _ verifier: Verifier, _ plan: Plan, since start: Int64) {
        let age = (monotonicNanoseconds() - start) / 1_000_000
        let text = "\(error) after \(age) ms, \(verifier.received) bytes of \(verifier.line?.length ?? -1) were read"
        if Self.impossible.contains(error.code) {
            found(.internalError, plan, text)
            // So that the run goes on where a whole session is broken.
            if error.code == .internalError { evict() }
            return
        }
        if error.code == .cancelled {
            if plan.cancelAfter == nil { found(.healthyFailed, plan, "cancelled by nobody: \(text)") }
            return
        }
        guard !group.mayFail else { return }
        found(Self.timeouts.contains(error.code) ? .hang : .healthyFailed, plan, text)
    }

    /// What neither a peer nor a network can cause.
    private static let impossible: Set<SessionError.Code> = [
        .internalError, .invalidURL, .invalidRequest, .unsupported, .poolClosed, .queueFull, .invalidConfiguration,
        .invalidTLSConfiguration, .certificateRejected, .nameResolutionFailed, .headersTooLarge, .bodyTooLarge,
    ]

    private static let timeouts: Set<SessionError.Code> = [
        .acquireTimeout, .connectTimeout, .firstByteTimeout, .idleTimeout, .deadlineExceeded, .noProgress,
    ]

    private func found(_ kind: Findings.Kind, _ plan: Plan, _ text: String) {
        findings.report(kind, "\(group.name): \(plan): \(text)")
    }
}
