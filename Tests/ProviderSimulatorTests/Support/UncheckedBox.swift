/// Carries a value to the test after the thread that made it has ended; only one of them uses it at a time.
struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}
