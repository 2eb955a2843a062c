internal import CCurl
internal import CLinux
internal import Glibc

/// Requests that a server has refused to look at, which libcurl repeats by itself.
extension TransferEngine {
    /// Whether libcurl repeats a request because its HTTP/2 stream was refused, and not because its connection died.
    ///
    /// A refused stream was not processed (RFC 9113, section 8.7), so even a POST may be sent again. libcurl 7.88.1 tells
    /// neither case from the other; it repeats an HTTP/2 request only for these two, and a connection that has died is at
    /// its end.
    func refusedStream(from localPort: Int32) -> Bool {
        guard options.httpVersion != .http1, !servesHTTP1 else { return false }
        if state.livePortsClosed.contains(localPort) { return true }
        return state.sockets.contains { Self.localPort(of: $0) == localPort && !Self.isAtEnd($0) }
    }

    /// How often a request is sent whose stream is refused each time.
    ///
    /// Enough for as many requests as commonly share a connection, if it takes one stream at a time. A server that goes on
    /// refusing wants something else.
    private static let mostSendAttempts = 100

    /// Lets libcurl begin anew with a request that it has given up, when its stream was refused every time.
    ///
    /// libcurl 7.88.1 repeats a request five times and no more (`CONN_MAX_RETRIES`). It also closes a connection whose
    /// stream limit was overrun, and overruns that of the next one before it has read its settings: of sixty-four requests
    /// to a server that allows four streams, the last can be refused fifteen times.
    ///
    /// Returns whether the transfer goes on.
    func sendRefusedAgain(_ transfer: Transfer) -> Bool {
        let state = transfer.state
        guard options.httpVersion != .http1, transfer.errorDetail.hasPrefix("Connection died, tried"),
            state.refusal == nil, state.sendAttempts < Self.mostSendAttempts, refusedStream(from: state.sentFromPort),
            multi?.remove(transfer.easy) == CURLM_OK
        else { return false }
        return multi?.add(transfer.easy) == CURLM_OK
    }

    /// Remembers the port of a connection that libcurl closes although its peer has not: as it does after a refusal.
    func noteLivePort(of descriptor: Int32) {
        guard options.httpVersion != .http1, !Self.isAtEnd(descriptor) else { return }
        guard let port = Self.localPort(of: descriptor) else { return }
        // Repeats follow at once: a few are enough, and a port that comes again soon would mislead.
        if state.livePortsClosed.count >= 16 { state.livePortsClosed.removeFirst() }
        state.livePortsClosed.append(port)
    }

    private static func localPort(of descriptor: Int32) -> Int32? {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                guard unsafe getsockname(descriptor, name, &length) == 0 else { return nil }
                // The port stands at the same place in IPv4 and IPv6 addresses.
                return unsafe name.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { name in
                    Int32(UInt16(bigEndian: unsafe name.pointee.sin_port))
                }
            }
        }
    }

    /// Whether nothing more will come: the peer has closed, or the connection is broken.
    private static func isAtEnd(_ descriptor: Int32) -> Bool {
        var byte: UInt8 = 0
        let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }
}
