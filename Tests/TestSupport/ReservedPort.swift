import Glibc

/// A free loopback port that stays free until a child process listens at it.
///
/// A socket that does not listen holds the port, so that neither the kernel nor another test gives it away. It is
/// bound without and then marked with `SO_REUSEADDR`: a server that sets the same option, as all do, may bind too.
package final class ReservedPort: Sendable {
    package let number: UInt16
    private let descriptor: Int32

    package init() throws {
        descriptor = try Socket.bindTCP(address: "127.0.0.1")
        number = try Socket.port(of: descriptor)
        Socket.set(SO_REUSEADDR, 1, on: descriptor)
    }

    deinit {
        close(descriptor)
    }

    /// Whether something accepts connections at the port now.
    package static func isListening(_ port: UInt16) -> Bool {
        guard let descriptor = try? Socket.connectTCP(address: "127.0.0.1", port: port) else { return false }
        close(descriptor)
        return true
    }
}
