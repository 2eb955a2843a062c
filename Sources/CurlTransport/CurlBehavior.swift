/// What libcurl does differently from version to version, as far as this package has to know: the one place that asks.
///
/// Every property names the version that changed and where that can be read. A value of it can be made for any version,
/// so that tests cover the branches that the installed libcurl does not take.
package struct CurlBehavior: Sendable, Hashable {
    /// The version as one number, `0x075801` for 7.88.1.
    package let versionNumber: UInt32

    /// The behaviour of a version.
    package init(versionNumber: UInt32) {
        self.versionNumber = versionNumber
    }

    /// The behaviour of the libcurl that is loaded.
    package static let current = CurlBehavior(versionNumber: CurlGlobal.shared.versionNumber)

    private func isAtLeast(_ major: UInt32, _ minor: UInt32, _ patch: UInt32 = 0) -> Bool {
        versionNumber >= major << 16 | minor << 8 | patch
    }

    /// Whether HTTP/2 with prior knowledge (h2c) loses no early answers.
    ///
    /// curl 8.0.0, which made HTTP/2 a connection filter. Before it, an answer that comes with the server's settings is lost,
    /// and the connection cannot be used again.
    package var supportsPriorKnowledge: Bool { isAtLeast(8, 0) }

    /// Whether HTTP/2 is good enough to be chosen by ALPN: paused streams are bounded, and connections are not overrun.
    ///
    /// Before curl 8.1.0 paused streams are buffered without bound, and a multi handle opens more connections than it
    /// needs, overruns the stream limit of each new one, and gives up after five refusals.
    package var sharesHTTP2Well: Bool { isAtLeast(8, 1) }
}
