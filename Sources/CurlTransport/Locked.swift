#if THREAD_SANITIZER
    import Glibc

    /// A value behind a lock.
    ///
    /// ThreadSanitizer cannot see into `Synchronization.Mutex` on Linux and reports false races of the values it
    /// guards; a pthread mutex it can see. Builds for it define `THREAD_SANITIZER` and get this type instead.
    package struct Locked<Value: ~Copyable>: ~Copyable {
        @safe
        private final class Storage {
            let mutex: UnsafeMutablePointer<pthread_mutex_t>

            init() {
                unsafe mutex = .allocate(capacity: 1)
                unsafe mutex.initialize(to: pthread_mutex_t())
                unsafe pthread_mutex_init(mutex, nil)
            }

            deinit {
                unsafe pthread_mutex_destroy(mutex)
                unsafe mutex.deallocate()
            }
        }

        private final class Box {
            var value: Value

            init(_ value: consuming sending Value) {
                self.value = value
            }
        }

        private let storage = Storage()
        private let box: Box

        package init(_ value: consuming sending Value) {
            self.box = Box(value)
        }

        package borrowing func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            unsafe pthread_mutex_lock(storage.mutex)
            defer { unsafe pthread_mutex_unlock(storage.mutex) }
            return try body(&box.value)
        }
    }

    // Every access to the value happens inside `withLock`, which holds the mutex; the storage is never handed out.
    extension Locked: @unchecked Sendable where Value: ~Copyable {}
#else
    package import Synchronization

    /// A value behind a lock: `Mutex`, except under ThreadSanitizer (see the other branch of this file).
    package typealias Locked = Mutex
#endif
