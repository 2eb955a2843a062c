/// What a ``HostSelector`` knows of a host when it decides.
public struct HostStatus: Sendable, Hashable {
    /// The host's name.
    public let name: String
    /// Whether it may be tried: it has not failed several times in a row lately, is not suspended, and nobody is just trying
    /// whether it works again.
    public let isHealthy: Bool
    /// Resources in use.
    public let inUse: Int
    /// Callers that wait for one.
    public let waiting: Int
    /// Resources at most.
    public let maxSize: Int

    /// Describes a host.
    public init(name: String, isHealthy: Bool = true, inUse: Int = 0, waiting: Int = 0, maxSize: Int = 10) {
        self.name = name
        self.isHealthy = isHealthy
        self.inUse = inUse
        self.waiting = waiting
        self.maxSize = maxSize
    }
}

/// What became of asking a host.
public enum HostOutcome: String, Sendable, Hashable, CaseIterable {
    /// It did what was asked.
    case succeeded
    /// It could not be reached, or did not do what it should.
    case failed
}

/// Decides which host of a ``MultiHostPool`` a caller goes to: the place where other strategies plug in.
///
/// A selector is a value that decides and remembers, and nothing else: the pool calls it under a lock, one call at a time.
public protocol HostSelector: Sendable {
    /// Chooses a host.
    ///
    /// - Parameter hosts: All of them, always in the same order.
    /// - Returns: The index of the one to use; nil when none may be used.
    mutating func select(from hosts: [HostStatus]) -> Int?

    /// Learns how a host has done: a caller got a resource of it, its factory failed or took too long, or its user has said
    /// so; does nothing by default.
    ///
    /// - Parameters:
    ///   - outcome: What became of it.
    ///   - host: The host's index.
    mutating func record(_ outcome: HostOutcome, of host: Int)
}

extension HostSelector {
    /// Does nothing.
    public mutating func record(_ outcome: HostOutcome, of host: Int) {}
}

/// Takes the healthy hosts in turn.
public struct RoundRobinSelector: HostSelector, Hashable {
    private var next = 0

    /// Begins with the first host.
    public init() {}

    /// The next healthy host after the last choice; nil when none is healthy.
    public mutating func select(from hosts: [HostStatus]) -> Int? {
        for offset in 0..<hosts.count {
            let index = (next + offset) % hosts.count
            guard hosts[index].isHealthy else { continue }
            next = index + 1
            return index
        }
        return nil
    }
}
