internal import CurlTransport

/// Keeps and shares resources of any kind that are expensive to make: connections, clients, processes.
///
/// ```swift
/// let pool = try ResourcePool { try await Database.connect() }
/// let rows = try await pool.withResource { database in
///     try await database.query("SELECT 1")
/// }
/// ```
///
/// A caller gets an idle resource at once, a new one as long as there are fewer than
/// ``ResourcePoolConfiguration/maxSize``, and otherwise the next that comes back, first come first served. The factory runs
/// on a task of the pool's own: a caller that gives up is free at once, and what was made for it goes to the next one.
///
/// Resources that are ``Pingable`` are pinged before they are handed out after a while, and while they are idle; resources
/// that are ``Closeable`` are closed when they are too old, idle for too long or broken. A resource in use is never
/// touched.
public final class ResourcePool<Resource: Sendable>: Sendable {
    /// What the pool is called in errors.
    public let name: String
    /// How the pool behaves.
    public let configuration: ResourcePoolConfiguration
    let core: ResourceCore

    /// Makes a pool.
    ///
    /// - Parameters:
    ///   - name: What it is called in errors. Default: nothing.
    ///   - configuration: How it behaves.
    ///   - clock: What its times are measured by; tests give one of their own. Default: the system's, which goes on while
    ///     the machine sleeps.
    ///   - factory: Makes a resource. Several may run at once, on tasks of the pool's own: without the task-local values
    ///     and the priority of any caller. It is cancelled when it takes too long and when the pool ends; what it makes in
    ///     spite of that is used, or closed.
    /// - Throws: ``ResourcePoolError`` with ``ResourcePoolError/Code/invalidConfiguration``.
    public convenience init(
        name: String = "",
        configuration: ResourcePoolConfiguration = ResourcePoolConfiguration(),
        clock: some Clock<Duration> = ContinuousClock(),
        factory: @escaping @Sendable () async throws -> Resource
    ) throws(ResourcePoolError) {
        try self.init(name, configuration, PoolClock(clock), observer: nil, factory)
    }

    init(
        _ name: String,
        _ configuration: ResourcePoolConfiguration,
        _ clock: PoolClock,
        observer: ResourceCore.Observer?,
        _ factory: @escaping @Sendable () async throws -> Resource
    ) throws(ResourcePoolError) {
        try configuration.validate()
        self.name = name
        self.configuration = configuration
        core = ResourceCore(name: name, configuration: configuration, clock: clock, observer: observer) {
            TypedHolder(try await factory())
        }
    }

    deinit {
        core.abandon()
    }

    // MARK: Using resources

    /// Runs `body` with a resource, and gives it back when that returns, throws or is cancelled.
    ///
    /// The resource is the body's only while it runs. What an error in it means for the resource is
    /// ``ResourcePoolConfiguration/afterError``'s to say.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait for a resource. Default: ``ResourcePoolConfiguration/acquireTimeout``.
    ///   - body: What to do with it.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws, and ``ResourcePoolError``, as ``acquire(timeout:)``.
    public func withResource<Result>(
        timeout: Duration? = nil,
        _ body: (Resource) async throws -> Result
    ) async throws -> Result {
        try await use(try await core.acquire(timeout: timeout), body)
    }

    /// Runs `body` with a resource that was granted, and gives it back.
    func use<Result>(
        _ grant: ResourceCore.Table.Grant,
        _ body: (Resource) async throws -> Result
    ) async throws -> Result {
        var condition = ResourceCore.Table.Condition.good
        defer { _ = core.release(grant.lease, as: condition) }
        do {
            return try await body(Self.resource(of: grant))
        } catch {
            condition =
                switch configuration.afterError {
                case .validate: .suspect
                case .discard: .broken
                case .keep: .good
                }
            throw error
        }
    }

    /// Gets a resource, to be given back by ``release(_:)`` or ``discard(_:)``; mostly, ``withResource(timeout:_:)`` is
    /// what you want.
    ///
    /// - Parameter timeout: How long to wait. Default: ``ResourcePoolConfiguration/acquireTimeout``.
    /// - Returns: The resource's lease.
    /// - Throws: ``ResourcePoolError``: `acquireTimeout`, `queueFull`, `factoryFailed` with the factory's error,
    ///   `poolClosed`, or `cancelled`.
    public func acquire(timeout: Duration? = nil) async throws(ResourcePoolError) -> ResourceLease<Resource> {
        let grant = try await core.acquire(timeout: timeout)
        return ResourceLease(grant, Self.resource(of: grant), of: core, host: nil)
    }

    /// Gives a resource back, for others to use.
    ///
    /// - Parameter lease: What ``acquire(timeout:)`` returned.
    /// - Throws: ``ResourcePoolError``: `leaseEnded` when it was given back before, `foreignLease` when it is another
    ///   pool's.
    public func release(_ lease: ResourceLease<Resource>) throws(ResourcePoolError) {
        try end(lease, as: .good)
    }

    /// Gives a resource back that is not to be used again: it is closed, and its place is free.
    ///
    /// - Parameter lease: What ``acquire(timeout:)`` returned.
    /// - Throws: ``ResourcePoolError``, as ``release(_:)``.
    public func discard(_ lease: ResourceLease<Resource>) throws(ResourcePoolError) {
        try end(lease, as: .broken)
    }

    private func end(
        _ lease: ResourceLease<Resource>,
        as condition: ResourceCore.Table.Condition
    ) throws(ResourcePoolError) {
        guard lease.core === core else {
            throw core.error(.foreignLease, "The resource belongs to another pool; give it back there.")
        }
        try lease.end(as: condition)
    }

    static func resource(of grant: ResourceCore.Table.Grant) -> Resource {
        guard let holder = grant.element as? TypedHolder<Resource> else {
            preconditionFailure("ResourcePool: a resource of another type than the pool's")
        }
        return holder.resource
    }
}
