/// An actor that an event loop drives: its executor is the loop, and the loop calls it without a task.
///
/// The calls arrive on the loop's thread; an implementation enters itself by `assumeIsolated`.
package protocol LoopClient: Actor {
    /// A descriptor that the client watches is ready for `events`.
    nonisolated func socketReady(_ descriptor: Int32, _ events: PollEvents)
    /// Bytes have come for a descriptor that the client keeps but does not wait for, or its peer has closed its side.
    nonisolated func idleSocketReady(_ descriptor: Int32, _ events: PollEvents)
    /// A timer set with ``LoopReactor/setTimer(_:for:tag:)`` is due.
    nonisolated func timerFired(_ tag: UInt64)
    /// The client asked to be called before the loop sleeps.
    nonisolated func kicked()
}
