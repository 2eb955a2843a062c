import CurlTransport
import HTTPSessionPool

/// A table of numbers, with everything that it has asked for and answered, for tests that do it by hand.
final class ResourceTableBench {
    typealias Table = ResourceTable<Int>

    var table: Table
    /// Runs of the factory that have not ended, the oldest first.
    var creations: [Table.CreationID] = []
    var cancelledCreations: [Table.CreationID] = []
    var checks: [(id: Table.CheckID, element: Int)] = []
    var cancelledChecks: [Table.CheckID] = []
    var closings: [(id: Table.ClosingID, element: Int)] = []
    /// Resources that were let go, closed or dropped.
    var gone: [Int] = []
    /// Answers that came after a wait, in their order.
    var granted: [UInt64] = []
    var refused: [UInt64: Table.Refusal] = [:]
    var warmed: [UInt64: Int] = [:]
    var leases: [UInt64: Table.Grant] = [:]
    /// What was said of the far side.
    var observed: [(outcome: HostOutcome, times: Int)] = []
    var traits: ResourceTraits = []
    var now = MonotonicTime(nanoseconds: 0)
    private var made = 0

    init(_ traits: ResourceTraits = [], _ configure: (inout ResourcePoolConfiguration) -> Void = { _ in }) {
        var configuration = ResourcePoolConfiguration()
        configuration.minSize = 0
        configure(&configuration)
        table = Table(configuration: configuration)
        self.traits = traits
        table.start(at: now)
        note()
    }

    /// A bench with resources 1...count, used once and given back in this order.
    convenience init(
        idle count: Int,
        _ traits: ResourceTraits = [],
        _ configure: (inout ResourcePoolConfiguration) -> Void = { _ in }
    ) {
        self.init(traits, configure)
        for id in 1...UInt64(count) {
            acquire(id)
            finishCreation()
        }
        for id in 1...UInt64(count) { release(id) }
    }

    var statistics: ResourcePoolStatistics { table.statistics(at: now) }

    /// Who waits or has a resource, by name.
    var holders: [UInt64] { leases.keys.sorted() }

    func pass(_ duration: Duration) {
        now = now.advanced(by: duration)
    }

    /// Lets time pass, with every wake-up that the table wants in between.
    func run(_ duration: Duration) {
        let end = now.advanced(by: duration)
        while let wake = table.nextWake, wake <= end {
            now = max(now, wake)
            table.wake(at: now)
            note()
        }
        now = end
    }

    /// The answer given at once; nil when the caller waits.
    @discardableResult
    func acquire(_ id: UInt64, timeout: Duration? = .seconds(5)) -> Table.Admission {
        let admission = table.acquire(id, at: now, deadline: timeout.map { now.advanced(by: $0) })
        if case .granted(let grant) = admission { leases[id] = grant }
        note()
        return admission
    }

    @discardableResult
    func release(_ id: UInt64, as condition: Table.Condition = .good) -> Bool {
        guard let grant = leases.removeValue(forKey: id) else { return false }
        let released = table.release(grant.lease, as: condition, at: now)
        note()
        return released
    }

    @discardableResult
    func cancel(_ id: UInt64) -> Bool {
        let cancelled = table.cancel(id, at: now)
        note()
        return cancelled
    }

    /// Ends the oldest run of the factory with a new resource; returns its number.
    @discardableResult
    func finishCreation(jitter: Double = 0) -> Int {
        made += 1
        table.created(creations.removeFirst(), made, traits: traits, jitter: jitter, at: now)
        note()
        return made
    }

    func failCreation() {
        table.creationFailed(creations.removeFirst(), at: now)
        note()
    }

    func answerCheck(_ isAlive: Bool) {
        table.checked(checks.removeFirst().id, isAlive: isAlive, at: now)
        note()
    }

    func finishClosing(failed: Bool = false) {
        table.closed(closings.removeFirst().id, failed: failed, at: now)
        note()
    }

    func warmUp(_ id: UInt64, _ target: Int) {
        table.warmUp(id, target: target, at: now)
        note()
    }

    func cancelWarmUp(_ id: UInt64) -> Bool {
        table.cancelWarmUp(id)
    }

    func prune(idleFor limit: Duration) -> Int {
        let closed = table.prune(idleFor: limit, at: now)
        note()
        return closed
    }

    func evictAll() -> Int {
        let idle = table.evictAll(at: now)
        note()
        return idle
    }

    func drain(grace: Duration) {
        table.beginDrain(until: now.advanced(by: grace), at: now)
        note()
    }

    /// Notes what the table wants.
    func note() {
        for action in table.takeActions() {
            switch action {
            case .create(let id): creations.append(id)
            case .cancelCreation(let id): cancelledCreations.append(id)
            case .check(let id, let element): checks.append((id, element))
            case .cancelCheck(let id):
                cancelledChecks.append(id)
                checks.removeAll { $0.id == id }
            case .close(let id, let element):
                closings.append((id, element))
                gone.append(element)
            case .drop(let element): gone.append(element)
            case .grant(let id, let grant):
                granted.append(id)
                leases[id] = grant
            case .refuse(let id, let refusal): refused[id] = refusal
            case .warmed(let id, let total): warmed[id] = total
            case .observe(let outcome, _, let times): observed.append((outcome, times))
            }
        }
    }
}

extension ResourceTable.Admission {
    var isGranted: Bool { if case .granted = self { true } else { false } }
    var isEnqueued: Bool { if case .enqueued = self { true } else { false } }

    var rejection: LeaseMachine.Rejection? { if case .rejected(let rejection) = self { rejection } else { nil } }
}
