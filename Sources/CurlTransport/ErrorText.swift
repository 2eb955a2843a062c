internal import CCurl

/// The place where libcurl writes what went wrong, in more detail than its result code tells.
///
/// It names hosts, ports and certificate files, never header values or bodies.
@safe
final class ErrorText {
    private let buffer: UnsafeMutablePointer<CChar>

    init() {
        unsafe buffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe buffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        unsafe buffer.deallocate()
    }

    /// The place; valid while this owner is.
    var pointer: UnsafeRawPointer { unsafe UnsafeRawPointer(buffer) }

    var text: String { unsafe String(cString: buffer) }

    func clear() {
        unsafe buffer[0] = 0
    }
}
