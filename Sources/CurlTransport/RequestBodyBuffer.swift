/// The bytes of a request's body at an address that stays while libcurl reads them.
///
/// An array's storage has an address only inside a closure; this buffer is written before a transfer starts, and grown
/// but not freed between requests.
@safe
final class RequestBodyBuffer {
    /// What is kept between requests; a larger buffer is freed when its request has ended.
    private static let keptCapacity = 64 * 1_024

    private var storage: UnsafeMutableRawBufferPointer {
        didSet { hasMoved = true }
    }
    /// Whether libcurl has still to be told where the bytes are.
    var hasMoved = true

    init() {
        unsafe storage = .allocate(byteCount: 0, alignment: 1)
    }

    deinit {
        unsafe storage.deallocate()
    }

    /// The bytes for libcurl; valid until the next `replace` or `shrink`.
    var pointer: UnsafeRawPointer? { unsafe UnsafeRawPointer(storage.baseAddress) }

    func replace(with bytes: [UInt8]) {
        // Never empty: without an address libcurl would ask a read function for the body.
        if unsafe storage.count < max(bytes.count, 1) {
            unsafe storage.deallocate()
            unsafe storage = .allocate(byteCount: max(bytes.count, 1_024), alignment: 1)
        }
        unsafe storage.copyBytes(from: bytes)
    }

    func shrink() {
        guard unsafe storage.count > Self.keptCapacity else { return }
        unsafe storage.deallocate()
        unsafe storage = .allocate(byteCount: 0, alignment: 1)
    }
}
