internal import CMicroHTTPDShim

/// A value behind a lock.
///
/// A class over a pthread mutex, because ThreadSanitizer reports false races of what Swift's `Mutex` guards; the
/// package's `Locked` has the same reason but lives in a target that links libcurl, which a simulator must not.
@safe final class Guarded<Value> {
    private let lock: OpaquePointer
    private var value: Value

    init(_ value: sending Value) {
        unsafe lock = cmhd_lock_create()
        self.value = value
    }

    deinit {
        unsafe cmhd_lock_destroy(lock)
    }

    /// Runs `body` while no other thread has access.
    func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe cmhd_lock_acquire(lock)
        defer { unsafe cmhd_lock_release(lock) }
        return try body(&value)
    }
}

// The value is touched only inside `withLock`, by one thread at a time.
extension Guarded: @unchecked Sendable where Value: Sendable {}
