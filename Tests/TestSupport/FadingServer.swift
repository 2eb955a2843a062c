import Foundation
import Glibc

/// A server that answers one request, closes the connection at the second without a word, and takes no other: connecting
/// then takes for ever.
package final class FadingServer: Sendable {
    package let port: UInt16
    private let listener: Int32
    private let descriptors = Guarded([Int32]())

    package init(answer: String) throws {
        listener = try Socket.bindTCP(address: "127.0.0.1")
        port = try Socket.port(of: listener)
        try SystemCallFailed.check(listen(listener, 0), "listen")
        Thread.start("fading-server") { [listener, port, descriptors] in
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            Self.readHead(from: connection)
            guard let queued = try? Socket.fillQueue(of: listener, port: port) else { return }
            descriptors.withLock { $0.append(queued) }
            let bytes = Array(answer.utf8)
            _ = unsafe bytes.withUnsafeBytes { unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            Self.readHead(from: connection)
            // Less than a whole one of libcurl's milliseconds.
            usleep(500)
            close(connection)
        }
    }

    deinit {
        close(listener)
        for descriptor in descriptors.withLock({ $0 }) { close(descriptor) }
    }

    private static func readHead(from descriptor: Int32) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n") {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            bytes += buffer[..<count]
        }
    }
}
