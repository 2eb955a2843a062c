extension PoolSettings {
    /// A token, password or address with credentials: it never shows in a text.
    ///
    /// Printing, interpolating, dumping or reflecting it gives `***`; only ``reveal()`` hands out the value.
    public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
        private let value: String

        /// Wraps a value.
        public init(_ value: String) {
            self.value = value
        }

        /// The value itself.
        public func reveal() -> String { value }

        /// Always `***`.
        public var description: String { "***" }
        /// Always `***`.
        public var debugDescription: String { "***" }
        /// A mirror without children.
        public var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// Where a proxy is looked for.
    public enum Proxy: Sendable, Hashable {
        /// In `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`.
        case environment
        /// Nowhere: connections are direct.
        case none
        /// At a URL, which may hold a user name and a password.
        case url(Secret)
    }

    /// How long a hedge waits for the first request.
    public enum HedgeDelay: Sendable, Hashable {
        /// As long as this percentage of requests take to their first byte.
        case percentile(Int)
        /// A fixed time.
        case after(Duration)
    }

    /// One endpoint of several.
    public struct Region: Sendable, Hashable {
        /// What it is called in logs and statistics.
        public var name: String
        /// Its base URL, `http` or `https`, without credentials.
        public var url: String
        /// Its rank for ``Strategy/primaryBackup``: the lowest goes first.
        ///
        /// Default 0.
        public var priority: Int
        /// Its share for ``Strategy/weighted``.
        ///
        /// Default 1.
        public var weight: Int

        /// Makes a region.
        public init(name: String, url: String, priority: Int = 0, weight: Int = 1) {
            self.name = name
            self.url = url
            self.priority = priority
            self.weight = weight
        }
    }
}
