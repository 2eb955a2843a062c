internal import CBenchSupport
internal import Synchronization

/// Counts the requests of many tasks, and measures those between two moments.
public final class LoadRecorder: Sendable {
    private struct Window: Sendable {
        let requests: Int
        let cpu: Int64
        let memory: Int64
    }

    private struct State: Sendable {
        var latencies = LatencyHistogram()
        var begin: Int64 = 0
        var end: Int64 = 0
        var cpuBegin: Int64 = 0
        var cpuEnd: Int64 = 0
        var windows: [Window] = []
        var windowCPU: Int64 = 0
        var requests = 0
    }

    private enum Phase {
        static let warmup = 0
        static let measuring = 1
        static let done = 2
    }

    /// Nanoseconds of the monotonic clock.
    public static var now: Int64 { bench_now_ns() }

    private let requestLimit: Int
    private let windowLength: Int
    private let measureFrom: Int64
    private let measureUntil: Int64
    private let phase = Atomic<Int>(Phase.warmup)
    private let started = Atomic<Int>(0)
    private let answered = Atomic<Int>(0)
    private let state = Mutex(State())

    /// Starts the clock of the warm-up.
    public init(_ options: BenchOptions) {
        let now = bench_now_ns()
        requestLimit = options.requests
        windowLength = options.windows > 0 ? max(1, options.requests / options.windows) : 0
        measureFrom = now + Int64(options.warmup * 1e9)
        measureUntil = measureFrom + Int64(options.seconds * 1e9)
        if requestLimit > 0 { beginMeasuring(now) }
    }

    /// Whether one more request may start.
    public func mayStart() -> Bool {
        guard phase.load(ordering: .relaxed) != Phase.done else { return false }
        guard requestLimit > 0 else { return true }
        return started.wrappingAdd(1, ordering: .relaxed).newValue <= requestLimit
    }

    /// Counts a request that has been answered, into the recorder and into the histogram of the task that made it.
    ///
    /// - Parameters:
    ///   - begin: When it began.
    ///   - latencies: The task's own histogram.
    /// - Returns: When it ended, which is when the task's next request begins.
    public func finished(begin: Int64, latencies: inout LatencyHistogram) -> Int64 {
        let now = bench_now_ns()
        switch phase.load(ordering: .acquiring) {
        case Phase.warmup:
            if now >= measureFrom { beginMeasuring(now) }
        case Phase.measuring:
            latencies.add(nanoseconds: now - begin)
            let count = answered.wrappingAdd(1, ordering: .relaxed).newValue
            if windowLength > 0, count % windowLength == 0 { endWindow() }
            if requestLimit > 0 ? count == requestLimit : now >= measureUntil { endMeasuring(now) }
        default: break
        }
        return now
    }

    /// Adds what one task has measured, when it has ended.
    public func merge(_ latencies: LatencyHistogram) {
        state.withLock { $0.latencies.merge(latencies) }
    }

    private func beginMeasuring(_ now: Int64) {
        state.withLock { state in
            guard phase.load(ordering: .relaxed) == Phase.warmup else { return }
            state.begin = now
            state.cpuBegin = bench_cpu_ns()
            state.windowCPU = state.cpuBegin
            phase.store(Phase.measuring, ordering: .releasing)
        }
    }

    private func endMeasuring(_ now: Int64) {
        state.withLock { state in
            guard phase.load(ordering: .relaxed) == Phase.measuring else { return }
            state.end = now
            state.cpuEnd = bench_cpu_ns()
            state.requests = answered.load(ordering: .relaxed)
            phase.store(Phase.done, ordering: .releasing)
        }
    }

    private func endWindow() {
        state.withLock { state in
            let cpu = bench_cpu_ns()
            let window = Window(requests: windowLength, cpu: cpu - state.windowCPU, memory: bench_rss_kib())
            state.windows.append(window)
            state.windowCPU = cpu
        }
    }

    /// The client's line of results.
    public var line: JSONLine {
        state.withLock { state in
            var line = JSONLine()
            line["requests"] = Double(state.requests)
            line["seconds"] = Double(state.end - state.begin) / 1e9
            line["cpu_seconds"] = Double(state.cpuEnd - state.cpuBegin) / 1e9
            line["p50_us"] = state.latencies.percentile(0.5)
            line["p99_us"] = state.latencies.percentile(0.99)
            line["peak_kib"] = Double(bench_peak_rss_kib())
            line.set("windows", state.windows.map { [Double($0.requests), Double($0.cpu) / 1e9, Double($0.memory)] })
            return line
        }
    }
}
