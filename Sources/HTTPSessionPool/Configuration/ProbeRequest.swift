/// The request by which a session warms a connection or checks its server: one that costs nothing.
public struct ProbeRequest: Sendable, Hashable {
    /// The method.
    ///
    /// Default `HEAD`; `GET` and `OPTIONS` do as well.
    public var method = Method.head
    /// What follows the base URL that the session was first asked for with.
    ///
    /// Default: nothing, so the base URL itself is asked for. Whatever the status, the connection is warm then; a list of
    /// models is a good choice where it is free, because it proves the credentials too.
    public var path = ""

    /// Makes the default probe.
    public init() {}

    /// Makes a probe.
    public init(_ method: Method, _ path: String = "") {
        self.method = method
        self.path = path
    }
}
