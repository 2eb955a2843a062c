import Foundation
import Glibc

/// A port that answers one request, closes the connection at the second one without an answer, and from then on lets
/// nobody connect: who sends the second one again waits for ever.
package final class ClosingPort: Sendable {
    package let port: UInt16
    private let listener: Int32

    package init() throws {
        listener = try Socket.bindTCP(address: "127.0.0.1")
        port = try Socket.port(of: listener)
        try SystemCallFailed.check(listen(listener, 0), "listen")
        let (listener, port) = (listener, port)
        Thread.start("closing-port") { Self.serve(listener, port) }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func serve(_ listener: Int32, _ port: UInt16) {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        defer { close(connection) }
        guard readRequest(connection) else { return }
        let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
        _ = unsafe send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
        guard readRequest(connection) else { return }
        // Nobody accepts it: the queue is full, and stays so as long as the listener lives.
        let filler = try? Socket.connectTCP(address: "127.0.0.1", port: port)
        shutdown(connection, Int32(SHUT_RDWR))
        if let filler { waitForEnd(filler) }
    }

    private static func readRequest(_ descriptor: Int32) -> Bool {
        var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4_096))
        while !bytes.reversed().starts(with: "\n\r\n\r".utf8) {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            bytes += buffer[..<count]
        }
        return true
    }

    /// Until the listener is closed, which resets what waits in its queue.
    private static func waitForEnd(_ descriptor: Int32) {
        var byte: UInt8 = 0
        _ = unsafe recv(descriptor, &byte, 1, 0)
        close(descriptor)
    }
}
