/// How a ``MultiHostPool`` behaves.
public struct MultiHostPoolConfiguration: Sendable, Hashable {
    /// One host.
    public struct Host: Sendable, Hashable, ExpressibleByStringLiteral {
        /// What the factory gets to know the host by, such as `db-1.example.com:5432`.
        public var name: String
        /// Resources that are kept for it; `nil` takes ``MultiHostPoolConfiguration/pool``'s.
        public var minSize: Int?
        /// Resources for it at most; `nil` takes ``MultiHostPoolConfiguration/pool``'s.
        public var maxSize: Int?

        /// Describes a host.
        public init(_ name: String, minSize: Int? = nil, maxSize: Int? = nil) {
            self.name = name
            self.minSize = minSize
            self.maxSize = maxSize
        }

        /// Describes a host with the sizes of all.
        public init(stringLiteral name: String) {
            self.init(name)
        }
    }

    /// How the pool of each host behaves.
    public var pool = ResourcePoolConfiguration()
    /// How many failures in a row take a host out of the choice.
    ///
    /// A failure is a factory that fails, or gets nothing done within ``ResourcePoolConfiguration/acquireTimeout`` (then, each
    /// caller that gave up meanwhile counts), whether somebody waits for it or not. A caller that gives up by a limit of its
    /// own, or because all resources are in use, is none. A resource that is made or answers a ping ends the row. What
    /// ``MultiHostPool/report(_:of:)`` says is a row of its own. Default 3.
    public var unhealthyAfter = 3
    /// How long it is left alone before it is tried again, by one caller at a time until one has seen it work.
    ///
    /// Default 30 s.
    public var recoveryPause: Duration = .seconds(30)

    /// Makes the default configuration.
    public init() {}

    /// The configuration of one host's pool.
    func pool(of host: Host) -> ResourcePoolConfiguration {
        var configuration = pool
        if let maxSize = host.maxSize { configuration.maxSize = maxSize }
        // A host that is smaller than the others is not expected to keep as many.
        configuration.minSize = host.minSize ?? min(configuration.minSize, max(0, configuration.maxSize))
        return configuration
    }

    /// Refuses what makes no sense.
    func validate(_ hosts: [Host]) throws(ResourcePoolError) {
        var problems: [String] = []
        if hosts.isEmpty { problems.append("there are no hosts; name at least one") }
        if hosts.contains(where: \.name.isEmpty) { problems.append("a host has an empty name") }
        var seen: Set<String> = []
        for host in hosts where !seen.insert(host.name).inserted {
            problems.append("the host \(host.name) is named twice")
        }
        if unhealthyAfter < 1 { problems.append("unhealthyAfter is \(unhealthyAfter); it must be at least 1") }
        if recoveryPause <= .zero { problems.append("recoveryPause is \(recoveryPause); it must be longer than 0") }
        guard problems.isEmpty else {
            throw ResourcePoolError(.invalidConfiguration, problems.joined(separator: "; ") + ".")
        }
    }
}
