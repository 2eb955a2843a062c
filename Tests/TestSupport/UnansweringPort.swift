import Glibc

/// A port at which connecting takes for ever: its queue of connections is full and nobody accepts.
package final class UnansweringPort: Sendable {
    package let port: UInt16
    private let descriptors: [Int32]

    package init() throws {
        let listener = try Socket.bindTCP(address: "127.0.0.1")
        port = try Socket.port(of: listener)
        try SystemCallFailed.check(listen(listener, 0), "listen")
        descriptors = [listener, try Socket.fillQueue(of: listener, port: port)]
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
