import Foundation

/// A value behind a lock that ThreadSanitizer can see into.
///
/// The harness does not use the product's own lock, so that nothing it measures with is also what it measures.
final class Guarded<Value>: @unchecked Sendable {
    // `value` is read and written only inside `withLock`, which holds `lock`; it never leaves but by copy of a
    // `Sendable` result.
    private var value: Value
    private let lock = NSLock()

    init(_ value: sending Value) {
        self.value = value
    }

    func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&value)
    }
}
