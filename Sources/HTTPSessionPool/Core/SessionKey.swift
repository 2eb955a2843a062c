/// What a pool finds a session by: the origin, and the configuration that was asked for.
///
/// Paths are no part of it: `https://host/v1` and `https://host/v2` share their connections. The configuration is, so that
/// certificates, proxies, credentials and limits are never those of another caller.
struct SessionKey: Hashable, Sendable {
    private let baseURL: BaseURL
    private let configuration: Interned?

    /// A configuration with its hash, which is expensive to compute.
    private final class Interned: Equatable, Sendable {
        let value: SessionConfiguration
        let hash: Int

        init(_ value: SessionConfiguration) {
            self.value = value
            hash = value.hashValue
        }

        static func == (left: Interned, right: Interned) -> Bool {
            left === right || (left.hash == right.hash && left.value == right.value)
        }
    }

    init(_ baseURL: BaseURL, _ configuration: SessionConfiguration?) {
        self.baseURL = baseURL
        self.configuration = configuration.map(Interned.init)
    }

    var origin: String { baseURL.origin }

    static func == (left: SessionKey, right: SessionKey) -> Bool {
        left.baseURL.hasOrigin(of: right.baseURL) && left.configuration == right.configuration
    }

    func hash(into hasher: inout Hasher) {
        // Both are hashes already: one step is enough.
        hasher.combine(baseURL.originHash ^ (configuration?.hash ?? 0))
    }

    /// The configuration that the caller gave.
    var givenConfiguration: SessionConfiguration? { configuration?.value }
}
