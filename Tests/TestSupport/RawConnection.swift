import Foundation
import Glibc

/// A TCP connection of a test that misbehaves: it sends what it likes, when it likes, and reads only when asked.
package final class RawConnection: Sendable {
    private let descriptor: Int32

    /// Connects to a loopback port.
    package init(port: UInt16) throws {
        descriptor = try Socket.connectTCP(address: "127.0.0.1", port: port)
        Socket.setNoDelay(descriptor)
    }

    deinit {
        close(descriptor)
    }

    /// Sends text; false when the peer has closed.
    @discardableResult
    package func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        }
        return count == bytes.count
    }

    /// Makes the receive buffer small, so that the peer notices soon that nobody reads.
    package func shrinkReceiveBuffer() { Socket.set(SO_RCVBUF, 1_024, on: descriptor) }

    /// Reads until the peer closes, or until what has arrived meets a condition; the text so far.
    package func read(until condition: @escaping @Sendable (String) -> Bool = { _ in false }) async -> String {
        await withCheckedContinuation { continuation in
            Thread.start("raw-connection") { continuation.resume(returning: self.readBlocking(until: condition)) }
        }
    }

    private func readBlocking(until condition: (String) -> Bool) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe Glibc.recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            if count > 0 { bytes += buffer[..<count] }
            let text = String(decoding: bytes, as: UTF8.self)
            if count <= 0 || condition(text) { return text }
        }
    }
}
