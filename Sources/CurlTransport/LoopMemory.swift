/// State in memory of its own, of a class or an actor that one thread uses.
///
/// Accesses to a class's own properties are checked not to overlap, at run time where the compiler cannot prove it: a
/// request met 44 such checks, of 95 instructions each. Here a debug build checks them too, and more strictly, for it
/// takes the value as a whole; a release build relies on that. The rule: nothing that may call back to the owner runs
/// while a value is being changed. libcurl runs while its handle is read, which no callback changes.
@safe
package struct LoopMemory<Value: ~Copyable>: ~Copyable {
    #if DEBUG
        private final class Box {
            var value: Value

            init(_ value: consuming Value) {
                self.value = value
            }
        }

        private let box: Box

        package init(_ value: consuming Value) {
            box = Box(value)
        }

        package var value: Value {
            _read { yield box.value }
            nonmutating _modify { yield &box.value }
        }
    #else
        @usableFromInline
        let pointer: UnsafeMutablePointer<Value>

        /// Allocates memory for a value.
        package init(_ value: consuming Value) {
            unsafe pointer = .allocate(capacity: 1)
            unsafe pointer.initialize(to: value)
        }

        deinit {
            unsafe pointer.deinitialize(count: 1)
            unsafe pointer.deallocate()
        }

        /// The value; only its owner's thread may reach it.
        @inlinable
        package var value: Value {
            _read { yield unsafe pointer.pointee }
            nonmutating _modify { yield unsafe &pointer.pointee }
        }
    #endif
}
