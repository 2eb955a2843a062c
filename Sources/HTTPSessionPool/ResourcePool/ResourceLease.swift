import Synchronization

/// A resource of a ``ResourcePool`` in its user's hands, until it is given back.
///
/// Whoever lets go of the lease without giving the resource back loses it: nobody can know who else still has it, so the
/// pool closes it and counts it under ``ResourcePoolStatistics/Reason/leaked``. Its place is free again.
public final class ResourceLease<Resource: Sendable>: Sendable {
    /// How old the resource was when it was handed out.
    public let age: Duration
    /// How long the resource had been idle before it was handed out.
    public let idleTime: Duration
    /// How often the resource had been handed out before.
    public let earlierUses: Int
    /// The host that the resource belongs to; nil outside a ``MultiHostPool``.
    public let host: String?

    let core: ResourceCore
    private let held: Resource
    private let id: ResourceCore.Table.LeaseID
    private let isOver = Atomic<Bool>(false)
    /// Told once, at the end, whether the resource came back good.
    private let onEnd: (@Sendable (_ isGood: Bool) -> Void)?

    init(
        _ grant: ResourceCore.Table.Grant,
        _ resource: Resource,
        of core: ResourceCore,
        host: String?,
        onEnd: (@Sendable (_ isGood: Bool) -> Void)? = nil
    ) {
        self.onEnd = onEnd
        age = grant.age
        idleTime = grant.idleTime
        earlierUses = grant.earlierUses
        self.host = host
        self.core = core
        held = resource
        id = grant.lease
    }

    deinit {
        guard !isOver.load(ordering: .relaxed) else { return }
        _ = core.release(id, as: .leaked)
        onEnd?(false)
    }

    /// The resource.
    ///
    /// - Throws: ``ResourcePoolError`` with ``ResourcePoolError/Code/leaseEnded`` once it was given back: it may be in
    ///   somebody else's hands.
    public var resource: Resource {
        get throws(ResourcePoolError) {
            guard !hasEnded else { throw ended }
            return held
        }
    }

    /// Whether the resource was given back.
    public var hasEnded: Bool { isOver.load(ordering: .acquiring) }

    func end(as condition: ResourceCore.Table.Condition) throws(ResourcePoolError) {
        guard !isOver.exchange(true, ordering: .acquiringAndReleasing) else { throw ended }
        _ = core.release(id, as: condition)
        onEnd?(condition == .good)
    }

    private var ended: ResourcePoolError {
        core.error(.leaseEnded, "The resource was given back already; acquire another one.")
    }
}
