import Glibc

/// A system call without which there is no event loop failed.
package struct CurlEventLoopError: Error, Hashable, Sendable {
    /// The call, such as `epoll_create1`.
    package let call: String
    /// The system's error number.
    package let code: Int32

    /// Whether the process or the system has no more descriptors.
    package var isExhaustion: Bool { SystemFile.isExhaustion(code) }

    /// The call and the system's words for the error.
    package var message: String {
        "\(call): \(unsafe String(cString: strerror(code)))"
    }
}
