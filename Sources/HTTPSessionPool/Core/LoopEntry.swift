internal import CurlTransport

/// A way into a session for code that runs on its loop's thread, outside any task.
///
/// What `assumeIsolated` does, checked as it is, without the closures that it allocates on every call: here the function
/// is made once, and its argument handed over.
struct LoopEntry<Argument>: Sendable {
    private let call: @Sendable (SessionCore, Argument) -> Void

    /// Makes an entry.
    ///
    /// - Parameter body: What to do inside; it should capture nothing.
    init(_ body: @escaping @Sendable (isolated SessionCore, Argument) -> Void) {
        // The two types differ in the isolation alone, which is checked where it is called; the standard library's own
        // `assumeIsolated` makes the same step.
        call = unsafe unsafeBitCast(body, to: (@Sendable (SessionCore, Argument) -> Void).self)
    }

    /// Runs it.
    ///
    /// - Precondition: The caller runs on the loop's thread.
    func callAsFunction(_ core: SessionCore, _ argument: Argument) {
        precondition(core.loop.isCurrent, "A session was entered outside its event loop.")
        call(core, argument)
    }
}
