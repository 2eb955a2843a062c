internal import CBenchSupport

/// What a process knows about its own use of the machine.
public enum ProcessFacts {
    /// Nanoseconds of the monotonic clock.
    public static var now: Int64 { bench_now_ns() }
    /// Nanoseconds of processor time used, user and system together.
    public static var processorTime: Int64 { bench_cpu_ns() }
    /// Memory in RAM, in KiB.
    public static var memory: Int64 { bench_rss_kib() }
    /// The most memory that was in RAM at any time, in KiB.
    public static var peakMemory: Int64 { bench_peak_rss_kib() }
}
