internal import CCurl
internal import CLinux
internal import Glibc

/// Questions to the kernel about a socket.
enum SocketProbe {
    /// What can be read from a socket.
    enum Input {
        /// Nothing yet.
        case none
        case bytes
        /// The peer has closed, or the connection is broken.
        case end
    }

    /// Looks, and leaves it where it is.
    static func input(of descriptor: Int32) -> Input {
        var byte: UInt8 = 0
        let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        if count > 0 { return .bytes }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .none : .end
    }

    /// Bytes that have come on a TCP connection since it was made, read or not; `nil` when the kernel does not say.
    static func bytesReceived(on descriptor: Int32) -> Int64? {
        // Glibc's `tcp_info` ends before it: `tcpi_bytes_received` of linux/tcp.h, whose layout is part of the kernel's interface.
        let (place, size) = (128, MemoryLayout<Int64>.size)
        return unsafe withUnsafeTemporaryAllocation(byteCount: place + size, alignment: 8) { buffer in
            var length = socklen_t(buffer.count)
            let code = unsafe getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, buffer.baseAddress, &length)
            guard code == 0, length == buffer.count else { return nil }
            return unsafe buffer.load(fromByteOffset: place, as: Int64.self)
        }
    }

    /// Bytes of a TCP connection that have been read; `nil` when the kernel does not say, or more come all the time.
    ///
    /// The two counts are asked for one after the other, and bytes that come in between would be in the second alone.
    static func bytesRead(on descriptor: Int32) -> Int64? {
        guard var received = bytesReceived(on: descriptor) else { return nil }
        for _ in 0..<16 {
            var unread: Int32 = 0
            guard unsafe clinux_unread_bytes(descriptor, &unread) == 0, let after = bytesReceived(on: descriptor) else {
                return nil
            }
            if after == received { return received - Int64(unread) }
            received = after
        }
        return nil
    }

    /// The local port; 0 for a socket in the file system, `nil` for one that is not open or not connected.
    static func localPort(of descriptor: Int32) -> Int32? {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                guard unsafe getsockname(descriptor, name, &length) == 0 else { return nil }
                let family = unsafe Int32(name.pointee.sa_family)
                guard family == AF_INET || family == AF_INET6 else { return 0 }
                // The port stands at the same place in IPv4 and IPv6 addresses.
                return unsafe name.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { name in
                    Int32(UInt16(bigEndian: unsafe name.pointee.sin_port))
                }
            }
        }
    }

    /// Ends a connection, and throws away what has come on it, so that whoever reads next finds its end.
    static func end(_ descriptor: Int32) {
        shutdown(descriptor, Int32(SHUT_RDWR))
        drain(descriptor)
    }

    /// Throws away what has come.
    static func drain(_ descriptor: Int32) {
        unsafe withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
            while unsafe recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) > 0 {}
        }
    }
}
