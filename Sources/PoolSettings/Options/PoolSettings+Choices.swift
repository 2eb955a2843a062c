// The words that options choose from, spelt as in files and variables. Case does not count when they are read.

extension PoolSettings {
    /// A named set of values.
    public enum Preset: String, Sendable, Hashable, CaseIterable {
        /// Many connections and a high rate; seed 001.
        case highThroughput = "high_throughput"
        /// Few connections and short time limits; seed 001.
        case lowLatency = "low_latency"
        /// Few connections and long time limits; seed 001.
        case batch
        /// One to five connections, nothing opened ahead of time; seed 002.
        case lowTraffic = "low_traffic"
        /// Five to twenty connections, kept for ten minutes; seed 002.
        case highTraffic = "high_traffic"
    }

    /// Which session goes first when the pool is full.
    public enum Eviction: String, Sendable, Hashable, CaseIterable {
        /// The one that has not been asked for the longest.
        case lru
        /// The one that was created first.
        case fifo
    }

    /// The version of HTTP.
    public enum HTTPVersion: String, Sendable, Hashable, CaseIterable {
        /// What this libcurl is good at: HTTP/2 by ALPN from 8.1 on, HTTP/1.1 before.
        case automatic = "auto"
        /// HTTP/1.1 only.
        case http1 = "1.1"
        /// HTTP/2 by ALPN, HTTP/1.1 when the server does not offer it.
        case http2 = "2"
        /// HTTP/2 without negotiation on plain TCP.
        case http2PriorKnowledge = "h2c"
    }

    /// How waiting times before repetitions are spread.
    public enum Jitter: String, Sendable, Hashable, CaseIterable {
        /// Exactly the computed time.
        case none
        /// From zero to the computed time.
        case full
        /// From half of the computed time to all of it.
        case equal
        /// From the base to three times the last waiting time.
        case decorrelated
    }

    /// What happens to a request that may have been processed and got no answer.
    public enum Ambiguous: String, Sendable, Hashable, CaseIterable {
        /// It is sent once more, to another host.
        case otherHostOnce = "other_host_once"
        /// It fails.
        case never
        /// It is repeated like one that was refused, and may be paid for twice.
        case always
    }

    /// How health is checked.
    public enum HealthMode: String, Sendable, Hashable, CaseIterable {
        /// By what real requests show, and nothing else.
        case passive
        /// By opening a connection.
        case connect
        /// By a request that costs nothing.
        case http
        /// By a short completion, which is paid for.
        case completion
    }

    /// Whether the number of connections follows the load.
    public enum SizingMode: String, Sendable, Hashable, CaseIterable {
        /// It stays as configured.
        case fixed = "static"
        /// It grows when requests are slow and wait, and shrinks when they are fast.
        case dynamic
    }

    /// How requests are spread over regions.
    public enum Strategy: String, Sendable, Hashable, CaseIterable {
        /// The first that works, by priority.
        case primaryBackup = "primary_backup"
        /// Each in turn.
        case roundRobin = "round_robin"
        /// Any of them.
        case random
        /// By their weights.
        case weighted
        /// The one of two with fewer running requests.
        case leastRequest = "least_request"
        /// The one whose first bytes come soonest.
        case peakEWMA = "peak_ewma"
    }

    /// How much is logged.
    public enum LogLevel: String, Sendable, Hashable, CaseIterable {
        /// Everything, every chunk included.
        case trace
        /// What helps to find a fault.
        case debug
        /// What happens in normal operation.
        case info
        /// What happens rarely.
        case notice
        /// What may become a fault.
        case warning
        /// What has failed.
        case error
        /// What ends the program.
        case critical
    }

    /// What the processes that share an account do about it.
    public enum ClusterMode: String, Sendable, Hashable, CaseIterable {
        /// Each one keeps the limits for itself.
        case off
        /// They count together and hold nobody up.
        case shadow
        /// They keep the limits together.
        case enforce
    }

    /// What happens while the shared store cannot be reached.
    public enum OutagePolicy: String, Sendable, Hashable, CaseIterable {
        /// Each process takes its share of the limits.
        case localShare = "local_share"
        /// Requests fail at once.
        case closed
        /// Each process takes all of the limits.
        case open
    }
}
