/// The time limits of a request, each its own timer; `nil` switches one off.
///
/// One total limit cannot tell a dead server from a model that thinks: each phase has its own (the defaults are those of
/// the package's settings table).
public struct Timeouts: Sendable, Hashable {
    /// Waiting for a permit and a connection.
    ///
    /// Default 5 s.
    public var acquire: Duration? = .seconds(5)
    /// Name look-up, TCP, proxy and TLS together.
    ///
    /// Default 5 s.
    public var connect: Duration? = .seconds(5)
    /// From the request being sent to the first byte of the response.
    ///
    /// Default 60 s.
    public var firstByte: Duration? = .seconds(60)
    /// Between two pieces of the body; does not run while the reader is the slow side.
    ///
    /// Default 30 s.
    public var idle: Duration? = .seconds(30)
    /// Between two events of a stream; comments such as heartbeats do not reset it.
    ///
    /// Default 60 s.
    public var noProgress: Duration? = .seconds(60)
    /// How long the sender of a stream may be stopped because its reader takes nothing.
    ///
    /// A response that is kept and not read holds its permit and its connection; after this time the stream is ended, and
    /// its reader gets what had arrived and then ``SessionError/Code/readerStalled``. Default 300 s.
    public var readerStall: Duration? = .seconds(300)
    /// A buffered request from the call to its last byte, queueing included.
    ///
    /// Default 60 s.
    public var total: Duration? = .seconds(60)
    /// A streamed request from the call to its last byte, queueing included.
    ///
    /// Off by default: a stream may be long.
    public var streamTotal: Duration?

    /// Makes the default limits.
    public init() {}
}
