extension ResourcePoolStatistics {
    /// The snapshot under the names that pools of other languages use, for logs and for JSON.
    ///
    /// Times are in milliseconds; ratios are from 0 to 1. Several names may have one value, because several pools had a
    /// name for it.
    public var dictionary: [String: Double] {
        func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }
        return [
            "created": Double(created),
            "reused": Double(reused),
            "closed": Double(destroyed),
            "failed_creates": Double(failedCreates),
            "failed_health_checks": Double(failedHealthChecks + failedValidations),
            "timeouts": Double(timeouts),
            "current_idle": Double(idle),
            "current_in_use": Double(inUse),
            "peak_in_use": Double(peakInUse),
            "total_wait_time_ms": milliseconds(totalWaitTime),
            "total_use_time_ms": milliseconds(totalUseTime),
            "total_connections": Double(totalConnections),
            "reuse_ratio": reuseRatio,
            "avg_wait_time_ms": milliseconds(averageWaitTime),

            "connections_created": Double(created),
            "connections_destroyed": Double(destroyed),
            "connections_reused": Double(reused),
            "acquire_timeouts": Double(timeouts),
            "health_check_failures": Double(failedHealthChecks + failedValidations),
            "available_connections": Double(idle),
            "in_use_connections": Double(inUse),

            "active_connections": Double(inUse),
            "idle_connections": Double(idle),
            "pending_requests": Double(waiting),
            "pool_utilization": utilization,
            "reuse_count": Double(reused),
            "timeout_errors": Double(timeouts),
            "validation_failures": Double(failedValidations),
            "connection_reuse_rate": reuseRatio,
        ]
    }
}
