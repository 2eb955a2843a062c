/// Is told what happens in a pool: the place to connect logging, metrics and tracing to.
///
/// All methods do nothing unless they are implemented. They are called at once and outside every lock: those of requests
/// that start on the caller's thread, the others mostly on the session's event loop, which must not be blocked. What is
/// told contains no header, body, path or query, which may hold secrets.
public protocol PoolObserver: Sendable {
    /// A request was made; called on the caller's task, so that task-local values are there.
    func requestStarted(_ request: RequestStartedEvent)
    /// A request has ended: exactly once for every one that was started.
    func requestEnded(_ request: RequestEndedEvent)
    /// A request must wait for its permit.
    func requestQueued(_ waiter: WaiterEvent)
    /// A request that was told of by ``requestQueued(_:)`` waits no longer.
    func requestDequeued(_ waiter: WaiterEndedEvent)
    /// A connection was made.
    func connectionOpened(_ connection: ConnectionEvent)
    /// A connection has ended.
    func connectionClosed(_ connection: ConnectionClosedEvent)
    /// A session was created.
    func sessionCreated(_ session: SessionEvent)
    /// A session was closed; its requests have ended.
    func sessionClosed(_ session: SessionEvent)
    /// A health check has ended.
    func healthChecked(_ check: HealthEvent)
}

extension PoolObserver {
    /// Does nothing.
    public func requestStarted(_ request: RequestStartedEvent) {}
    /// Does nothing.
    public func requestEnded(_ request: RequestEndedEvent) {}
    /// Does nothing.
    public func requestQueued(_ waiter: WaiterEvent) {}
    /// Does nothing.
    public func requestDequeued(_ waiter: WaiterEndedEvent) {}
    /// Does nothing.
    public func connectionOpened(_ connection: ConnectionEvent) {}
    /// Does nothing.
    public func connectionClosed(_ connection: ConnectionClosedEvent) {}
    /// Does nothing.
    public func sessionCreated(_ session: SessionEvent) {}
    /// Does nothing.
    public func sessionClosed(_ session: SessionEvent) {}
    /// Does nothing.
    public func healthChecked(_ check: HealthEvent) {}
}
