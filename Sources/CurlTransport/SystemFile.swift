internal import Glibc

/// Whole files, read and written by system calls.
package enum SystemFile {
    /// A file that could not be read or written.
    package struct Failure: Error, Sendable, Hashable {
        package let path: String
        package let code: Int32

        /// The path and the system's words for the error.
        package var message: String { "\(path): \(unsafe String(cString: strerror(code)))" }
    }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The most bytes that are read; a larger file is refused with `EFBIG`.
    /// - Returns: The bytes.
    /// - Throws: ``Failure`` when the file cannot be opened or read.
    /// - Returns: The object, or `nil`.
    package static func read(_ path: String, limit: Int = 16 * 1_024 * 1_024) throws(Failure) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(path: path, code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            let code = Self.readPiece(descriptor, into: &bytes)
            guard code >= 0 else { throw Failure(path: path, code: -code) }
            if code == 0 { return bytes }
            guard bytes.count <= limit else { throw Failure(path: path, code: EFBIG) }
        }
    }

    /// Adds a piece; the number of bytes, 0 at the end, or a negative error number.
    private static func readPiece(_ descriptor: Int32, into bytes: inout [UInt8]) -> Int32 {
        unsafe withUnsafeTemporaryAllocation(byteCount: 64 * 1_024, alignment: 1) { buffer in
            let count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            guard count >= 0 else { return errno == EINTR ? 1 : -errno }
            unsafe bytes.append(contentsOf: buffer[..<count])
            return Int32(count)
        }
    }

    static func write(_ descriptor: Int32, all bytes: UnsafeRawBufferPointer) -> Int32 {
        var rest = unsafe bytes[...]
        while unsafe !rest.isEmpty {
            let count = unsafe Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            guard count >= 0 else {
                if errno == EINTR { continue }
                return errno
            }
            unsafe rest = unsafe rest.dropFirst(count)
        }
        return 0
    }

    /// Whether no descriptor is left, or none was when `last`, the latest of all, was open.
    static func descriptorsAreExhausted(below last: Int32) -> Bool {
        var limit = rlimit()
        let code = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        if code == 0, last >= 0, rlim_t(last) + 2 >= limit.rlim_cur { return true }
        let descriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return isExhaustion(errno) }
        close(descriptor)
        return false
    }

    /// Whether a system call has failed because the process or the system has no more descriptors.
    package static func isExhaustion(_ code: Int32) -> Bool { code == EMFILE || code == ENFILE }

    /// Whether there is a file that can be read.
    package static func isReadable(_ path: String) -> Bool {
        unsafe access(path, R_OK) == 0
    }
}

/// The process's environment.
package enum ProcessEnvironment {
    /// The value of a variable; `nil` when it is not set or empty.
    package static func value(_ name: String) -> String? {
        guard let pointer = unsafe getenv(name) else { return nil }
        let value = unsafe String(cString: pointer)
        return value.isEmpty ? nil : value
    }
}
