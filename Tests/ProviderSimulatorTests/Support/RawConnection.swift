import Foundation
import Glibc

/// A client's connection that shows what a server really sends; every call blocks.
final class RawConnection {
    /// Something went wrong on the way.
    enum Failure: Error {
        case connect(errno: Int32)
        case send(errno: Int32)
        /// Nothing came for 30 seconds.
        case silence
        /// The answer is no HTTP.
        case malformed(String)
        /// The connection ended before the head did.
        case noHead
    }

    private enum Received {
        case bytes
        case end
        case reset
    }

    private let socket: Int32
    private var input: [UInt8] = []
    private var isReset = false

    init(port: UInt16) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw Failure.connect(errno: errno) }
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            Glibc.close(socket)
            throw Failure.connect(errno: code)
        }
    }

    deinit {
        close()
    }

    private var isClosed = false

    /// Hangs up.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        Glibc.close(socket)
    }

    /// Sends bytes as they are.
    func send(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw Failure.send(errno: errno) }
            rest = rest.dropFirst(sent)
        }
    }

    /// Sends a request.
    func send(_ method: String, _ path: String, _ fields: [String: String] = [:], body: String = "") throws {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: simulator\r\n"
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        if method == "POST" { text += "Content-Length: \(body.utf8.count)\r\n" }
        try send(text + "\r\n" + body)
    }

    /// Reads the head of the answer.
    func head() throws -> RawResponse {
        let end = Array("\r\n\r\n".utf8)
        while input.firstRange(of: end) == nil {
            guard try receive() == .bytes else { throw Failure.noHead }
        }
        guard let range = input.firstRange(of: end) else { throw Failure.noHead }
        let lines = String(decoding: input[..<range.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        input.removeSubrange(..<range.upperBound)
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3))
        else { throw Failure.malformed(lines.first ?? "") }
        if status == 100 { return try head() }
        let fields = lines.dropFirst().map { line -> (String, String) in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (String(line[..<colon]), String(line[colon...].dropFirst().drop { $0 == " " }))
        }
        return RawResponse(status: status, fields: fields)
    }

    /// Reads the next chunk of a chunked body; nil at its end, and at an early end, which `isEnded` tells.
    func chunk() throws -> [UInt8]? {
        guard let line = try line(), let size = Int(line, radix: 16) else {
            isEnded = true
            return nil
        }
        guard let bytes = try take(size + 2) else {
            isEnded = true
            return nil
        }
        return size == 0 ? nil : bytes.dropLast(2)
    }

    /// Whether the connection ended in the middle of a body.
    private(set) var isEnded = false

    /// Reads the whole answer.
    func response(hasBody: Bool = true) throws -> RawResponse {
        var response = try head()
        guard hasBody, response.status != 204 else { return response }
        if response.isChunked {
            while let chunk = try chunk() { response.chunks.append(chunk) }
        } else if let length = response[field: "Content-Length"].flatMap({ Int($0) }), length > 0 {
            while input.count < length, try receive() == .bytes {}
            isEnded = input.count < length
            response.chunks = [Array(input.prefix(length))]
            input.removeFirst(min(length, input.count))
        }
        if isEnded { response.ending = isReset ? .reset : .truncated }
        return response
    }

    /// Waits for the server's end of the connection; true if it came as a reset.
    func waitForEnd() throws -> Bool {
        while try receive() == .bytes {}
        return isReset
    }

    private func line() throws -> String? {
        let end = Array("\r\n".utf8)
        while true {
            if let range = input.firstRange(of: end) {
                let line = String(decoding: input[..<range.lowerBound], as: UTF8.self)
                input.removeSubrange(..<range.upperBound)
                return line
            }
            guard try receive() == .bytes else { return nil }
        }
    }

    private func take(_ count: Int) throws -> [UInt8]? {
        while input.count < count {
            guard try receive() == .bytes else { return nil }
        }
        defer { input.removeFirst(count) }
        return Array(input.prefix(count))
    }

    private func receive() throws -> Received {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
        if count > 0 {
            input += buffer[..<count]
            return .bytes
        }
        if count == 0 { return .end }
        guard errno == ECONNRESET else { throw Failure.silence }
        isReset = true
        return .reset
    }
}
