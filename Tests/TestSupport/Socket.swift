import Foundation
import Glibc

/// A system call of the test harness failed.
package struct SystemCallFailed: Error, CustomStringConvertible {
    package let call: String
    package let code: Int32

    package var description: String {
        unsafe "\(call) failed: \(String(cString: strerror(code))) (errno \(code))"
    }

    /// Passes a result that is not negative on; throws `errno` otherwise.
    @discardableResult
    static func check(_ result: Int32, _ call: String) throws(SystemCallFailed) -> Int32 {
        guard result >= 0 else { throw SystemCallFailed(call: call, code: errno) }
        return result
    }
}

/// The socket calls that the harness needs, without pointers in their signatures.
enum Socket {
    private static let streamType = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

    /// A TCP socket bound to an address and port (0: a free one).
    static func bindTCP(address: String, port: UInt16 = 0) throws(SystemCallFailed) -> Int32 {
        let descriptor = try SystemCallFailed.check(socket(AF_INET, streamType, 0), "socket")
        var name = ipv4(address, port)
        let result = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return try checked(result, "bind to \(address):\(port)", closing: descriptor)
    }

    /// A stream socket bound to a path in the file system.
    static func bindUnix(path: String) throws(SystemCallFailed) -> Int32 {
        let descriptor = try SystemCallFailed.check(socket(AF_UNIX, streamType, 0), "socket")
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else {
            close(descriptor)
            throw SystemCallFailed(call: "bind to \(path)", code: ENAMETOOLONG)
        }
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let result = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return try checked(result, "bind to \(path)", closing: descriptor)
    }

    /// Connects to a port of an address; a refusal is an error.
    static func connectTCP(address: String, port: UInt16) throws(SystemCallFailed) -> Int32 {
        let descriptor = try SystemCallFailed.check(socket(AF_INET, streamType, 0), "socket")
        var name = ipv4(address, port)
        let result = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return try checked(result, "connect to \(address):\(port)", closing: descriptor)
    }

    /// Fills the queue of a listener that was given room for none: the kernel queues one connection more than the backlog,
    /// and drops every further SYN.
    static func fillQueue(of listener: Int32, port: UInt16) throws(SystemCallFailed) -> Int32 {
        let queued = try connectTCP(address: "127.0.0.1", port: port)
        // The client's side is connected before the listener has seen the last packet, and until then has room.
        var listening = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&listening, 1, -1) < 0, errno == EINTR {}
        return queued
    }

    /// The local port of a bound socket.
    static func port(of descriptor: Int32) throws(SystemCallFailed) -> UInt16 {
        var name = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &size)
            }
        }
        try SystemCallFailed.check(result, "getsockname")
        return UInt16(bigEndian: name.sin_port)
    }

    /// Sets an integer option of `SOL_SOCKET`.
    static func set(_ option: Int32, _ value: Int32, on descriptor: Int32) {
        var value = value
        unsafe setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Turns Nagle's algorithm off, so that small writes leave at once.
    static func setNoDelay(_ descriptor: Int32) {
        var value: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Makes reads and writes return instead of wait, and keeps the descriptor from child processes.
    static func setNonBlocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// Makes the next `close` send RST instead of FIN.
    static func resetOnClose(_ descriptor: Int32) {
        var value = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    private static func ipv4(_ address: String, _ port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = unsafe inet_addr(address)
        return name
    }

    private static func checked(
        _ result: Int32,
        _ call: String,
        closing descriptor: Int32
    ) throws(SystemCallFailed) -> Int32 {
        guard result >= 0 else {
            let code = errno
            close(descriptor)
            throw SystemCallFailed(call: call, code: code)
        }
        return descriptor
    }
}

extension Thread {
    /// Starts a thread of its own for blocking work, which must never sit on Swift's cooperative threads.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = name
        thread.stackSize = 1 << 19
        thread.start()
    }
}
