internal import CurlTransport

extension ResourcePoolConfiguration {
    /// Refuses limits and times that make no sense, instead of changing them silently.
    ///
    /// - Throws: ``ResourcePoolError`` with ``ResourcePoolError/Code/invalidConfiguration``, naming all that is wrong.
    public func validate() throws(ResourcePoolError) {
        var problems: [String] = []
        if maxSize < 1 { problems.append("maxSize is \(maxSize); it must be at least 1") }
        if minSize < 0 { problems.append("minSize is \(minSize); it must not be negative") }
        if minSize > maxSize, maxSize >= 1 {
            problems.append("minSize is \(minSize); it must not be above maxSize \(maxSize)")
        }
        if maxWaiters < 1 {
            problems.append("maxWaiters is \(maxWaiters); it must be at least 1: who needs a new resource waits for it")
        }
        if warmUpParallelism < 1 {
            problems.append("warmUpParallelism is \(warmUpParallelism); it must be at least 1")
        }
        let limits: [(String, Duration?)] = [
            ("idleTimeout", idleTimeout), ("maxLifetime", maxLifetime), ("healthCheckInterval", healthCheckInterval),
            ("createTimeout", createTimeout), ("pingTimeout", pingTimeout), ("closeTimeout", closeTimeout),
        ]
        for (name, value) in limits {
            guard let value, value <= .zero else { continue }
            problems.append("\(name) is \(value); it must be longer than 0")
        }
        for (name, value) in [("acquireTimeout", acquireTimeout), ("aliveBypass", aliveBypass)] {
            guard let value, value < .zero else { continue }
            problems.append("\(name) is \(value); it must not be negative")
        }
        if let idleTimeout, let maxLifetime, idleTimeout > maxLifetime {
            problems.append("idleTimeout is \(idleTimeout); it must not be above maxLifetime \(maxLifetime)")
        }
        guard problems.isEmpty else {
            throw ResourcePoolError(.invalidConfiguration, problems.joined(separator: "; ") + ".")
        }
    }

    /// How long those who wait count on a creation before another one is started for them, if there is a place.
    ///
    /// Half of the time that they wait: one connect that hangs must not fail the callers behind it.
    var creationPatience: Duration {
        let wait = acquireTimeout ?? .seconds(5)
        return max(.milliseconds(100), min(wait, createTimeout ?? wait).multiplied(by: 0.5))
    }

    /// How long a creation may take before it counts as a failure of its host: as long as callers wait by default.
    ///
    /// What a single caller gives for a limit says nothing of the host.
    var hostPatience: Duration { max(.milliseconds(100), acquireTimeout ?? .seconds(5)) }

    /// How long a factory that was cancelled keeps its place.
    var cancellationPatience: Duration { min(closeTimeout, createTimeout ?? closeTimeout) }
}
