/// What a ``ResourcePool`` holds and has done, in one consistent snapshot.
///
/// At every moment `created - destroyed = totalConnections = idle + inUse`. The names that older pools used are in
/// ``dictionary``.
public struct ResourcePoolStatistics: Sendable, Hashable {
    /// Why a resource left the pool.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// It was idle for longer than the idle timeout, or pruned.
        case idle
        /// It reached its maximum lifetime.
        case age
        /// A health check failed.
        case health
        /// The ping before handing out failed.
        case validation
        /// Its user gave it back as broken.
        case broken
        /// Its user let go of it without giving it back.
        case leaked
        /// It was evicted.
        case evicted
        /// The factory took so long that its place was given to another one.
        case late
        /// The pool was shut down.
        case shutdown
    }

    // MARK: Now

    /// Resources in nobody's hands, those that are being pinged included.
    public internal(set) var idle = 0
    /// Resources in somebody's hands.
    public internal(set) var inUse = 0
    /// Resources that the factory is making; not part of the total yet.
    public internal(set) var creating = 0
    /// Idle resources that are being pinged.
    public internal(set) var checking = 0
    /// Resources that are being closed; no longer part of the total.
    public internal(set) var closing = 0
    /// Callers that wait.
    public internal(set) var waiting = 0
    /// The configured minimum.
    public internal(set) var minSize = 0
    /// The configured maximum.
    public internal(set) var maxSize = 0
    /// How long the resource that has been in use longest has been so: one that nobody gives back shows here.
    public internal(set) var longestUse: Duration = .zero

    // MARK: Since the pool was made

    /// Resources that the factory made.
    public internal(set) var created = 0
    /// Resources that left the pool, by reason.
    public internal(set) var destroyedByReason: [Reason: Int] = [:]
    /// Times that a resource was handed out; ``reused`` of them not for the first time.
    public internal(set) var acquired = 0
    /// Times that a resource was handed out that somebody had used before.
    public internal(set) var reused = 0
    /// Callers that waited for longer than the acquire timeout.
    public internal(set) var timeouts = 0
    /// Callers that were cancelled while they waited.
    public internal(set) var cancelled = 0
    /// Callers that were turned away: too many waited, or the pool was shut down, before they came or while they waited.
    public internal(set) var rejected = 0
    /// Callers that got the factory's error.
    public internal(set) var failedAcquires = 0
    /// Times that the factory failed, or went on for so long after it was cancelled that its place was given away.
    public internal(set) var failedCreates = 0
    /// Pings of idle resources: of those idle for the health check interval, and of all after one that did not answer.
    public internal(set) var healthChecks = 0
    /// How many of them failed.
    public internal(set) var failedHealthChecks = 0
    /// Pings before handing out.
    public internal(set) var validations = 0
    /// How many of them failed.
    public internal(set) var failedValidations = 0
    /// Times that closing a resource failed or took longer than the close timeout.
    public internal(set) var failedCloses = 0
    /// The most resources that were in use at once.
    public internal(set) var peakInUse = 0
    /// The most callers that waited at once.
    public internal(set) var peakWaiting = 0
    /// How long callers waited that got a resource, all together.
    public internal(set) var totalWaitTime: Duration = .zero
    /// The longest that a caller waited that got a resource.
    public internal(set) var longestWaitTime: Duration = .zero
    /// How long resources were in use, all together; counted when they come back.
    public internal(set) var totalUseTime: Duration = .zero
    /// How long the factory took for what it made, all together.
    public internal(set) var totalCreateTime: Duration = .zero

    /// Makes empty statistics.
    public init() {}
}

// MARK: - Derived

extension ResourcePoolStatistics {
    /// Resources that left the pool.
    public var destroyed: Int { destroyedByReason.values.reduce(0, +) }

    /// Resources that the pool holds: idle and in use.
    public var totalConnections: Int { idle + inUse }

    /// The share of resources in use of those that may be, from 0 to 1.
    public var utilization: Double { Self.ratio(inUse, maxSize) }

    /// The share of reuses in reuses and creations together, from 0 to 1.
    ///
    /// A resource's first use is no reuse, even if it was created before it was needed.
    public var reuseRatio: Double { Self.ratio(reused, reused + created) }

    /// How often a created resource was reused on average; above 1 in a pool that works.
    public var reusesPerConnection: Double { Self.ratio(reused, created) }

    /// How long a caller that got a resource waited on average; one that got it at once waited for zero.
    public var averageWaitTime: Duration { acquired == 0 ? .zero : totalWaitTime / acquired }

    private static func ratio(_ part: Int, _ whole: Int) -> Double {
        whole == 0 ? 0 : Double(part) / Double(whole)
    }

    /// The sums of two statistics; of peaks and longest times, the larger one.
    public static func + (left: Self, right: Self) -> Self {
        var sum = left
        let sums: [WritableKeyPath<Self, Int>] = [
            \.idle, \.inUse, \.creating, \.checking, \.closing, \.waiting, \.minSize, \.maxSize, \.created, \.acquired,
            \.reused, \.timeouts, \.cancelled, \.rejected, \.failedAcquires, \.failedCreates, \.healthChecks,
            \.failedHealthChecks, \.validations, \.failedValidations, \.failedCloses,
        ]
        for path in sums {
            // A maximum may be the largest number there is.
            let (total, overflow) = sum[keyPath: path].addingReportingOverflow(right[keyPath: path])
            sum[keyPath: path] = overflow ? .max : total
        }
        for path in [\Self.peakInUse, \Self.peakWaiting] {
            sum[keyPath: path] = max(sum[keyPath: path], right[keyPath: path])
        }
        for path in [\Self.totalWaitTime, \Self.totalUseTime, \Self.totalCreateTime] {
            sum[keyPath: path] += right[keyPath: path]
        }
        for path in [\Self.longestWaitTime, \Self.longestUse] {
            sum[keyPath: path] = max(sum[keyPath: path], right[keyPath: path])
        }
        sum.destroyedByReason.merge(right.destroyedByReason, uniquingKeysWith: +)
        return sum
    }
}
