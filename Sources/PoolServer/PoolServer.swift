internal import CPoolServer
internal import CurlTransport
public import HTTPSessionPool

/// Shows a pool over HTTP: statistics as JSON, metrics for Prometheus, health, and a page for a person.
///
/// | path | what |
/// |---|---|
/// | `/` | a page with sessions, connections, waiters and percentiles, which refreshes by itself |
/// | `/pool/stats` | the pool's statistics as JSON |
/// | `/pool/history` | the last ten minutes as JSON |
/// | `/metrics` | all metrics, as Prometheus text or OpenMetrics |
/// | `/healthz` | whether the process is alive |
/// | `/readyz` | whether the pool takes requests, and why not |
///
/// It serves on a thread of its own until ``stop()``, or until it is released. Nothing that it says contains a header, a
/// path, a token or a prompt.
public final class PoolServer: Sendable {
    /// The version of the package, as metrics tell it.
    public static let version = "0.1.0"

    /// The address that it listens at.
    public let host: String
    /// The port that it listens at.
    public let port: UInt16
    /// The server's address as a URL, such as `http://127.0.0.1:8000`.
    public let url: String

    private let engine: ServerEngine

    /// Starts to serve.
    ///
    /// - Parameters:
    ///   - pool: The pool to show.
    ///   - configuration: How to listen.
    /// - Throws: ``PoolServerError`` when the configuration makes no sense or the address cannot be listened at.
    public init(
        _ pool: SessionPool,
        configuration: PoolServerConfiguration = PoolServerConfiguration()
    ) throws(PoolServerError) {
        try configuration.validate()
        let address = configuration.address
        let interval = configuration.sampleInterval.wholeNanoseconds
        let session = pool.configuration.session
        let application = PoolApplication(
            token: configuration.token.map(AccessToken.init),
            address: address,
            readiness: configuration.readiness,
            healthCheckInterval: configuration.healthCheckInterval,
            sampleInterval: interval,
            requiresWarmUp: session.warmUp.isRequired && session.minConnections > 0,
            statistics: { pool.statistics },
            conditions: { pool.conditions },
            clock: ServerClock.system
        )
        engine = try ServerEngine(configuration, address: address, application: application)
        host = address
        port = engine.port
        url = address.contains(":") ? "http://[\(address)]:\(engine.port)" : "http://\(address):\(engine.port)"
    }

    /// Connections of clients that are open now.
    public var connections: Int { engine.connections }

    /// Closes every connection and ends the server's threads; safe to call more than once.
    public func stop() { engine.stop() }
}

extension PoolServerConfiguration {
    /// The address as numbers.
    var address: String { host == "localhost" ? "127.0.0.1" : host }

    func validate() throws(PoolServerError) {
        let kind = unsafe address.withCString { unsafe cps_classify_address($0) }
        guard kind != CPS_ADDRESS_INVALID else {
            throw PoolServerError(
                .invalidConfiguration,
                "'\(host)' is no IPv4 or IPv6 address; use 127.0.0.1 for this machine, or 0.0.0.0 for all interfaces."
            )
        }
        if let token { try AccessToken.validate(token) }
        guard kind == CPS_ADDRESS_LOOPBACK || token != nil else {
            throw PoolServerError(
                .invalidConfiguration,
                "\(host) can be reached from other machines: set a token, or listen at 127.0.0.1."
            )
        }
        guard maxConnections > 0, patience > .zero, sampleInterval >= .milliseconds(10) else {
            throw PoolServerError(
                .invalidConfiguration,
                "maxConnections and patience must be above 0, and sampleInterval 10 ms or more."
            )
        }
    }
}
