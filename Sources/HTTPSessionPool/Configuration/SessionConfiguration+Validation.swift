extension SessionConfiguration {
    /// Refuses limits and times that make no sense, instead of changing them silently.
    ///
    /// - Throws: ``SessionError`` with ``SessionError/Code/invalidConfiguration``, naming the first that is wrong.
    func validate(origin: String) throws(SessionError) {
        let atLeastOne = [
            ("maxConcurrentRequests", limits.maxConcurrentRequests), ("maxConnections", limits.maxConnections),
            ("maxHeaderBytes", limits.maxHeaderBytes), ("streamHighWaterMark", limits.streamHighWaterMark),
            ("maxEventBytes", limits.maxEventBytes), ("maxObjectBytes", limits.maxObjectBytes),
        ]
        for (name, value) in atLeastOne where value < 1 {
            throw Self.invalid("limits.\(name) is \(value); it must be at least 1.", origin)
        }
        let notNegative = [
            ("limits.maxWaiters", limits.maxWaiters), ("limits.maxBodyBytes", limits.maxBodyBytes),
            ("maxRedirects", maxRedirects),
        ]
        for (name, value) in notNegative where value < 0 {
            throw Self.invalid("\(name) is \(value); it must not be negative.", origin)
        }
        // libcurl counts both in whole seconds.
        for (name, value) in [("idleTimeout", idleTimeout), ("maxAge", maxAge)] where value < .seconds(1) {
            throw Self.invalid("\(name) is \(value); it must be at least 1 second.", origin)
        }
        guard dnsCacheTimeout >= .seconds(2) else {
            throw Self.invalid("dnsCacheTimeout is \(dnsCacheTimeout); it must be at least 2 seconds.", origin)
        }
        if let idle = tcp.keepAliveIdle, !(.seconds(1)...(.seconds(32_767)) ~= idle) {
            throw Self.invalid("tcp.keepAliveIdle is \(idle); it must be from 1 to 32 767 seconds.", origin)
        }
        if let timeout = tcp.userTimeout, !(.milliseconds(1)...(.seconds(86_400)) ~= timeout) {
            throw Self.invalid("tcp.userTimeout is \(timeout); it must be from 1 millisecond to a day.", origin)
        }
        // `sun_path` has room for 108 bytes, the zero at the end included (unix(7)).
        if let path = unixSocketPath?.utf8, !(1...107).contains(path.count) || path.contains(0) {
            throw Self.invalid(
                "unixSocketPath has \(path.count) bytes; a socket's path has 1 to 107, and no NUL.",
                origin
            )
        }
        try validateUpkeep(origin: origin)
        try timeouts.validate(origin: origin)
    }

    private func validateUpkeep(origin: String) throws(SessionError) {
        guard minConnections >= 0, minConnections <= limits.maxConnections else {
            throw Self.invalid(
                "minConnections is \(minConnections); it must be from 0 to limits.maxConnections, \(limits.maxConnections).",
                origin
            )
        }
        if let connections = warmUp.connections, connections < 0 {
            throw Self.invalid("warmUp.connections is \(connections); it must not be negative.", origin)
        }
        guard warmUp.startJitter >= .zero else {
            throw Self.invalid("warmUp.startJitter is \(warmUp.startJitter); it must not be negative.", origin)
        }
        for (name, value) in [("maxAgeJitter", maxAgeJitter), ("health.jitter", health.jitter)]
        where !(value >= 0 && value < 1) {
            throw Self.invalid("\(name) is \(value); it must be from 0 to less than 1.", origin)
        }
        let positive = [
            ("maintenanceInterval", maintenanceInterval), ("warmUp.timeout", warmUp.timeout),
            ("health.timeout", health.timeout), ("health.interval", health.interval ?? .seconds(1)),
        ]
        for (name, value) in positive where value <= .zero {
            throw Self.invalid("\(name) is \(value); it must be more than 0.", origin)
        }
        let atLeastOne = [
            ("warmUp.parallel", warmUp.parallel), ("health.unhealthyAfter", health.unhealthyAfter),
            ("health.healthyAfter", health.healthyAfter),
        ]
        for (name, value) in atLeastOne where value < 1 {
            throw Self.invalid("\(name) is \(value); it must be at least 1.", origin)
        }
        for (name, probe) in [("warmUp.probe", warmUp.probe), ("health.probe", health.probe)] {
            guard HeaderFields.isToken(probe.method.rawValue), probe.method != "CONNECT" else {
                throw Self.invalid(
                    "\(name).method is no method that a probe can use; take HEAD, GET or OPTIONS.",
                    origin
                )
            }
        }
    }

    fileprivate static func invalid(_ message: String, _ origin: String) -> SessionError {
        SessionError(.invalidConfiguration, message, origin: origin)
    }
}

extension Timeouts {
    /// Refuses times that have passed before they begin.
    ///
    /// - Throws: ``SessionError`` with ``SessionError/Code/invalidConfiguration``.
    func validate(origin: String) throws(SessionError) {
        let named = [
            ("acquire", acquire), ("connect", connect), ("firstByte", firstByte), ("idle", idle),
            ("noProgress", noProgress), ("readerStall", readerStall), ("total", total), ("streamTotal", streamTotal),
        ]
        for (name, value) in named {
            guard let value, value <= .zero else { continue }
            throw SessionConfiguration.invalid("timeouts.\(name) is \(value); use nil to switch it off.", origin)
        }
    }
}

extension PoolConfiguration {
    /// Refuses limits that make no sense, the sessions' included.
    ///
    /// - Throws: ``SessionError`` with ``SessionError/Code/invalidConfiguration``.
    func validateAll() throws(SessionError) {
        try validate()
        try session.validate(origin: "")
        // The same one of several every time.
        for (url, session) in overrides.sorted(by: { $0.key.description < $1.key.description }) {
            try session.validate(origin: url.origin)
        }
    }

    /// Refuses limits of the pool's own that make no sense.
    ///
    /// - Throws: ``SessionError`` with ``SessionError/Code/invalidConfiguration``.
    func validate() throws(SessionError) {
        guard maxSessions >= 0 else {
            throw SessionError(.invalidConfiguration, "maxSessions is \(maxSessions); it must not be negative.")
        }
        guard eventLoops >= 1 else {
            throw SessionError(.invalidConfiguration, "eventLoops is \(eventLoops); it must be at least 1.")
        }
        guard acquireTimeout >= .zero else {
            throw SessionError(.invalidConfiguration, "acquireTimeout is \(acquireTimeout); it must not be negative.")
        }
        guard maxTotalConnections ?? 1 >= 1 else {
            throw SessionError(.invalidConfiguration, "maxTotalConnections must be at least 1, or nil for no total.")
        }
    }
}
