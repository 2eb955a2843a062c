import CChaos
import Foundation
import HTTPSessionPool

/// Many callers of one pool, on one loop, at servers that make every mistake, beside servers that make none.
@main
struct Chaos {
    static func main() async {
        do {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            // Never left to the runtime: a call that hangs would keep the process.
            cchaos_exit(try await Chaos(options).run() ? 0 : 1)
        } catch {
            say("error: \(error)")
            cchaos_exit(2)
        }
    }

    private let options: Options
    private let findings: Findings
    private let watch: Watch

    private init(_ options: Options) {
        self.options = options
        findings = Findings(seed: options.seed)
        watch = Watch(findings)
    }

    private func run() async throws -> Bool {
        // Started now, so that the runtime's threads and descriptors are there before they are counted.
        try await Task.sleep(for: .milliseconds(1))
        let before = (descriptors: ProcessFacts.descriptors(), threads: ProcessFacts.threads())
        let ended = try await useAPool()
        if ended { try await judgeWhatIsLeft(before.descriptors.count, before.threads.count) }
        let counts = findings.counts
        say("Answers that crossed with a request on the wire: \(findings.crossings). Sends held up: \(cchaos_held()).")
        guard !counts.isEmpty else {
            say("Nothing was found.")
            return true
        }
        let summary = counts.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue) \($0.value)" }
        say("FOUND \(summary.joined(separator: ", ")). Again: Scripts/chaos --seed \(options.seed)")
        return false
    }

    /// Whether all callers came back.
    private func useAPool() async throws -> Bool {
        var configuration = PoolConfiguration()
        configuration.maxSessions = 32
        configuration.observer = watch
        let pool = SessionPool(configuration: configuration)
        var callers: [Caller] = []
        let groups = Group.all(options)
        guard !groups.isEmpty else { throw Misuse(description: "no server is left to call") }
        let shares = groups.reduce(0) { $0 + $1.share }
        for group in groups {
            let session = try await pool.session(for: group.url, configuration: group.configuration)
            for _ in 0..<max(1, options.callers * group.share / shares) {
                let evict: @Sendable () -> Void = {
                    _ = try? pool.evict(group.url, configuration: group.configuration)
                }
                callers.append(Caller(callers.count, group, session, findings, options, evict: evict))
            }
        }
        cchaos_hold_sends(20, UInt32(truncatingIfNeeded: options.seed))
        let end = monotonicNanoseconds() + Int64(options.seconds) * 1_000_000_000
        let tasks = callers.map { caller in Task { await caller.run(until: end) } }
        let disturbing = Task { await disturb(pool, groups, until: end) }
        let isOver = await look(at: pool, callers, until: end)
        cchaos_hold_sends(0, 0)
        guard isOver else { return false }
        for task in tasks { await task.value }
        await disturbing.value
        tell(callers)
        await judgeRest(pool)
        await pool.shutdown()
        let statistics = pool.statistics
        judge(statistics, findings)
        if statistics.total.totalConnections != 0 {
            findings.report(.leftOver, "\(statistics.total.totalConnections) connections after the shutdown")
        }
        watch.judgeEnd(statistics)
        return true
    }

    /// What a program does to its pool now and then: no call of a healthy session may notice.
    private func disturb(_ pool: SessionPool, _ groups: [Group], until end: Int64) async {
        var random = SplitMix64(seed: options.seed &+ 77)
        while monotonicNanoseconds() < end {
            try? await Task.sleep(for: .milliseconds(100 + random.below(400)))
            let group = random.pick(groups)
            switch random.below(6) {
            case 0: await pool.prune(idleFor: .zero)
            case 1: _ = try? pool.evict(group.url, configuration: group.configuration)
            case 2 where group.mayFail:
                let grace = Duration.milliseconds(random.below(50))
                _ = try? await pool.closeSession(for: group.url, configuration: group.configuration, grace: grace)
            default: _ = pool.statistics
            }
        }
    }

    /// Looks at the sums, at the memory and for calls that hang, until every caller has ended or one never will.
    private func look(at pool: SessionPool, _ callers: [Caller], until end: Int64) async -> Bool {
        let start = monotonicNanoseconds()
        var (memory, snapshots, hangs) = ([Int](), 0, 0)
        let longest: Int64 = 40_000_000_000
        while true {
            try? await Task.sleep(for: .milliseconds(50))
            judge(pool.statistics, findings)
            snapshots += 1
            let now = monotonicNanoseconds()
            if now < end, now - start > (end - start) / 5, snapshots % 10 == 0 {
                memory.append(ProcessFacts.residentKiB())
            }
            guard snapshots % 20 == 0 else { continue }
            let stuck = callers.compactMap { $0.stuck(longerThan: longest) }
            if stuck.count > hangs {
                hangs = stuck.count
                for one in stuck.prefix(3) { findings.report(.hang, one) }
            }
            let busy = callers.count { $0.stuck(longerThan: 0) != nil }
            if now > end, busy == 0 { break }
            if now > end + longest + 5_000_000_000 {
                findings.report(.hang, "\(busy) callers never came back")
                tell(callers)
                return false
            }
        }
        judgeMemory(memory)
        say("\(snapshots) snapshots")
        return true
    }

    /// The medians of the first and the last third: what is added is tables that fill up.
    private func judgeMemory(_ samples: [Int]) {
        guard samples.count >= 12 else { return }
        let third = samples.count / 3
        let (first, last) = (samples.prefix(third).sorted()[third / 2], samples.suffix(third).sorted()[third / 2])
        say("Memory: \(first) KiB in the first third, \(last) KiB in the last")
        if last > first + first / 10 + 8_192 { findings.report(.leftOver, "memory grew from \(first) to \(last) KiB") }
    }

    private func tell(_ callers: [Caller]) {
        let sum = callers.reduce(into: [String: Int]()) { $0.merge($1.outcomes, uniquingKeysWith: +) }
        let words = sum.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }
        say("Calls: \(words.joined(separator: ", "))")
    }

    /// When every caller has ended nothing runs, nothing waits.
    private func judgeRest(_ pool: SessionPool) async {
        for _ in 0..<200 {
            let total = pool.statistics.total
            if total.running == 0, total.waiting == 0, total.inUseConnections == 0 { return }
            try? await Task.sleep(for: .milliseconds(50))
        }
        let total = pool.statistics.total
        findings.report(
            .leftOver,
            "after the last call \(total.running) requests run, \(total.waiting) wait, \(total.inUseConnections)"
                + " connections are in use"
        )
    }

    private func judgeWhatIsLeft(_ descriptors: Int, _ threads: Int) async throws {
        for _ in 0..<200 {
            let all = ProcessFacts.threads()
            let isOver = !all.contains { $0.hasPrefix("curl-") } && all.count <= threads + 4
            if isOver, ProcessFacts.descriptors().count <= descriptors { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        findings.report(
            .leftOver,
            "descriptors: \(ProcessFacts.descriptors()), \(descriptors) in the beginning; threads:"
                + " \(ProcessFacts.threads()), \(threads) in the beginning"
        )
    }
}
