import CurlTransport
import HTTPSessionPool
import TestSupport
import Testing

/// One random walk: whatever callers, factory, pings, closings and time do, the promises of the table hold.
private struct ResourceWalk {
    typealias Table = ResourceTable<Int>

    /// Where a resource is, as the table's actions tell.
    enum Place { case idle, leased, checking, gone }

    struct Resource {
        var place = Place.idle
        var alive: MonotonicTime
        /// Since when it has been idle.
        var since: MonotonicTime
        var isSuspect = false
        /// How many evictions there were before it was begun.
        let epoch: Int
    }

    var random: SplitMix64
    var table: Table
    let configuration: ResourcePoolConfiguration
    let traits: ResourceTraits
    var now = MonotonicTime(nanoseconds: 0)
    var step = 0
    var nextID: UInt64 = 0
    var resources: [Int: Resource] = [:]
    var made = 0
    /// Those who wait, in the order in which they came.
    var line: [UInt64] = []
    var warmers: Set<UInt64> = []
    var leases: [(lease: Table.LeaseID, element: Int)] = []
    var creations: [(id: Table.CreationID, epoch: Int)] = []
    var evictions = 0
    var checks: [(id: Table.CheckID, element: Int)] = []
    /// Those that have to be closed, and when that takes too long.
    var closings: [(id: Table.ClosingID, end: MonotonicTime)] = []

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        var configuration = ResourcePoolConfiguration()
        configuration.maxSize = 1 + random.below(8)
        configuration.minSize = random.below(configuration.maxSize + 1)
        // One limit for all closings, whether after a failed ping or not.
        configuration.closeTimeout = configuration.pingTimeout
        configuration.maxWaiters = [1, 4, 30][random.below(3)]
        configuration.idleTimeout = random.chance(80) ? .seconds(1 + random.below(5)) : nil
        configuration.maxLifetime = random.chance(80) ? .seconds(5 + random.below(20)) : nil
        configuration.healthCheckInterval = random.chance(80) ? .seconds(1 + random.below(4)) : nil
        configuration.validateOnAcquire = random.chance(70)
        configuration.createTimeout = random.chance(80) ? .milliseconds(500) : nil
        configuration.order = random.chance(50) ? .mostRecentlyUsed : .leastRecentlyUsed
        configuration.warmUpOnStart = random.chance(50)
        self.configuration = configuration
        table = Table(configuration: configuration)
        traits = ResourceTraits(rawValue: UInt8(random.below(4)))
    }

    func fail(_ message: String) -> String { "step \(step): \(message)" }

    mutating func run(steps: Int) throws {
        table.start(at: now)
        try follow()
        for _ in 0..<steps {
            step += 1
            try takeStep()
            try follow()
            try checkInvariants()
        }
        try recover()
        try drain()
    }

    mutating func takeStep() throws {
        switch random.below(100) {
        case 0..<28: try acquire()
        case 28..<50: try release()
        case 50..<56:
            guard let id = random.chance(80) ? line.randomElement(using: &random) : nextID &+ 1 else { return }
            let waits = line.contains(id)
            line.removeAll { $0 == id }
            try invariant(table.cancel(id, at: now) == waits, fail("cancel of \(id)"))
        case 56..<66: try endCreation()
        case 66..<75: try endCheck()
        case 75..<80 where !closings.isEmpty:
            table.closed(closings.remove(at: random.below(closings.count)).id, failed: random.chance(20), at: now)
        case 80..<95: try passTime()
        case 95: _ = table.prune(idleFor: .milliseconds(random.below(2_000)), at: now)
        case 96 where random.chance(20):
            evictions += 1
            _ = table.evictAll(at: now)
        case 97:
            nextID += 1
            warmers.insert(nextID)
            table.warmUp(nextID, target: random.below(10), at: now)
        case 98:
            guard let id = warmers.randomElement(using: &random) else { return }
            warmers.remove(id)
            try invariant(table.cancelWarmUp(id), fail("a warm-up was over without an answer"))
        default: break
        }
    }

    mutating func acquire() throws {
        nextID += 1
        let deadline: MonotonicTime? =
            random.chance(10) ? nil : now.advanced(by: .milliseconds(random.chance(50) ? 500 : random.below(2_000)))
        switch table.acquire(nextID, at: now, deadline: deadline) {
        case .granted(let grant):
            try invariant(line.isEmpty, fail("\(nextID) overtook \(line.count)"))
            try handOut(grant)
        case .enqueued: line.append(nextID)
        case .rejected(.queueFull):
            let facts = table.statistics(at: now)
            let places = configuration.maxSize - facts.totalConnections - facts.creating - facts.closing
            try invariant(
                line.count >= configuration.maxWaiters && places == 0 && facts.idle == facts.checking,
                fail("turned away with \(line.count) waiting and \(places) places")
            )
        case .rejected(.draining): try invariant(false, fail("turned away by a drain"))
        }
    }

    mutating func release() throws {
        guard !leases.isEmpty else { return }
        let (lease, element) = leases.remove(at: random.below(leases.count))
        let condition = [Table.Condition.good, .good, .good, .suspect, .broken, .leaked][random.below(6)]
        resources[element]?.place = .idle
        resources[element]?.isSuspect = condition == .suspect
        resources[element]?.since = now
        if condition == .good { resources[element]?.alive = now }
        try invariant(table.release(lease, as: condition, at: now), fail("a lease was unknown"))
        try invariant(table.release(lease, as: .good, at: now) == false, fail("a lease ended twice"))
    }

    mutating func endCreation() throws {
        guard !creations.isEmpty else { return }
        let creation = creations.remove(at: random.below(creations.count))
        guard random.chance(75) else { return table.creationFailed(creation.id, at: now) }
        finish(creation, jitter: Double(random.below(1_001)) / 1_000)
    }

    mutating func finish(_ creation: (id: Table.CreationID, epoch: Int), jitter: Double) {
        made += 1
        resources[made] = Resource(alive: now, since: now, epoch: creation.epoch)
        table.created(creation.id, made, traits: traits, jitter: jitter, at: now)
    }

    mutating func endCheck() throws {
        guard !checks.isEmpty else { return }
        let (id, element) = checks.remove(at: random.below(checks.count))
        let isAlive = random.chance(80)
        resources[element]?.place = .idle
        if isAlive {
            resources[element]?.alive = now
            resources[element]?.isSuspect = false
        }
        table.checked(id, isAlive: isAlive, at: now)
    }

    /// Lets time pass, or jumps to where the table wants to be woken.
    mutating func passTime() throws {
        let next = now.advanced(by: .milliseconds(random.below(300)))
        if let wake = table.nextWake, wake <= next || random.chance(20) {
            now = max(now, wake)
            try wakeTable()
            closings.removeAll { $0.end <= now }
        } else {
            now = next
        }
    }

    mutating func wakeTable() throws {
        table.wake(at: now)
        try invariant(table.nextWake.map { $0 > now } ?? true, fail("it wants to be woken at once, for ever"))
    }
}

// MARK: - What the table says

extension ResourceWalk {
    mutating func handOut(_ grant: Table.Grant) throws {
        guard let resource = resources[grant.element] else { return try invariant(false, fail("an unknown resource")) }
        try invariant(resource.place == .idle, fail("\(grant.element) was handed out and is \(resource.place)"))
        try invariant(resource.epoch == evictions, fail("\(grant.element) was evicted"))
        if let lifetime = configuration.maxLifetime {
            try invariant(grant.age < lifetime, fail("\(grant.element) is too old"))
        }
        if traits.contains(.pingable) {
            try invariant(!resource.isSuspect, fail("\(grant.element) was not pinged after an error"))
            let limit = resource.alive.advanced(by: configuration.aliveBypass)
            try invariant(!configuration.validateOnAcquire || now <= limit, fail("\(grant.element) was not pinged"))
        }
        resources[grant.element]?.place = .leased
        leases.append((grant.lease, grant.element))
    }

    /// Follows what the table wants, and checks that it may.
    mutating func follow() throws {
        for action in table.takeActions() {
            switch action {
            case .create(let id): creations.append((id, evictions))
            case .observe: break
            case .cancelCreation: try invariant(configuration.createTimeout != nil || table.aborted != nil, fail("?"))
            case .check(let id, let element):
                try invariant(resources[element]?.place == .idle, fail("pinged \(element), which is not idle"))
                resources[element]?.place = .checking
                checks.append((id, element))
            case .cancelCheck(let id):
                guard let index = checks.firstIndex(where: { $0.id == id }) else { continue }
                resources[checks.remove(at: index).element]?.place = .idle
            case .close(let id, let element):
                try letGo(element)
                closings.append((id, now.advanced(by: configuration.closeTimeout)))
            case .drop(let element): try letGo(element)
            case .grant(let id, let grant):
                try invariant(line.first == id, fail("\(id) was served, but \(line.first ?? 0) came first"))
                line.removeFirst()
                try handOut(grant)
            case .refuse(let id, let refusal):
                if warmers.remove(id) != nil { continue }
                guard let index = line.firstIndex(of: id) else {
                    return try invariant(false, fail("\(id) was answered twice"))
                }
                try invariant(refusal != .creationFailed || index == 0, fail("the error went to the wrong one"))
                line.remove(at: index)
            case .warmed(let id, _): try invariant(warmers.remove(id) != nil, fail("warm-up \(id) answered twice"))
            }
        }
    }

    mutating func letGo(_ element: Int) throws {
        try invariant(resources[element]?.place == .idle, fail("let go of \(element), which is not idle"))
        resources[element] = nil
    }

    func checkInvariants() throws {
        let facts = table.statistics(at: now)
        try invariant(facts.created - facts.destroyed == facts.totalConnections, fail("created - destroyed"))
        try invariant(facts.totalConnections == resources.count, fail("\(facts.totalConnections) resources"))
        try invariant(facts.inUse == leases.count, fail("\(facts.inUse) in use"))
        let givenUp = creations.count - facts.creating
        try invariant(givenUp == 0 || givenUp > 0 && configuration.createTimeout != nil, fail("\(givenUp) given up"))
        try invariant(facts.checking == checks.count, fail("\(facts.checking) being pinged"))
        let placeless = closings.count - facts.closing
        let late = (facts.destroyedByReason[.late] ?? 0) + (facts.destroyedByReason[.evicted] ?? 0)
        try invariant(placeless >= 0 && placeless <= late, fail("\(facts.closing) being closed, not \(closings.count)"))
        try invariant(facts.waiting == line.count, fail("\(facts.waiting) wait"))
        try invariant(facts.peakInUse <= configuration.maxSize, fail("more in use than may be"))
        let places = configuration.maxSize - facts.totalConnections - facts.creating - facts.closing
        try invariant(places >= 0, fail("\(-places) above the maximum"))
        try invariant(
            table.machine.limit == leases.count && table.machine.inUse == leases.count,
            fail("the machine has \(table.machine.limit) permits")
        )
        try checkIdle(facts)
        guard !line.isEmpty else { return }
        let onTheirWay = facts.creating + facts.checking
        let available = facts.idle - facts.checking
        try invariant(onTheirWay >= line.count || places == 0 && available == 0, fail("somebody waits for nothing"))
    }
}

extension ResourceWalk {
    /// Nobody waits beside a resource that nobody uses, and none stays longer than it may.
    func checkIdle(_ facts: ResourcePoolStatistics) throws {
        let available = facts.idle - facts.checking
        try invariant(available == 0 || table.validations >= line.count, fail("\(line.count) wait beside \(available)"))
        guard let idleTimeout = configuration.idleTimeout, facts.totalConnections > configuration.minSize else {
            return
        }
        let oldest = resources.values.filter { $0.place == .idle }.map(\.since).min()
        guard let oldest else { return }
        let due = max(now, oldest.advanced(by: idleTimeout))
        try invariant(table.nextWake.map { $0 <= due } ?? false, fail("an idle resource is forgotten"))
    }
}

// MARK: - The end of a walk

extension ResourceWalk {
    /// With a factory and resources that work, everybody is served and the minimum is restored.
    mutating func recover() throws {
        while let lease = leases.popLast() {
            resources[lease.element]?.place = .idle
            resources[lease.element]?.alive = now
            resources[lease.element]?.isSuspect = false
            resources[lease.element]?.since = now
            _ = table.release(lease.lease, as: .good, at: now)
            try follow()
        }
        for _ in 0..<1_000 {
            while let creation = creations.popLast() {
                finish(creation, jitter: 0.5)
                try follow()
            }
            while let check = checks.popLast() {
                resources[check.element]?.place = .idle
                resources[check.element]?.alive = now
                resources[check.element]?.isSuspect = false
                table.checked(check.id, isAlive: true, at: now)
                try follow()
            }
            while let closing = closings.popLast() {
                table.closed(closing.id, failed: false, at: now)
                try follow()
            }
            while let lease = leases.popLast() {
                resources[lease.element]?.place = .idle
                resources[lease.element]?.alive = now
                resources[lease.element]?.since = now
                _ = table.release(lease.lease, as: .good, at: now)
                try follow()
            }
            guard line.isEmpty, warmers.isEmpty, table.total >= configuration.minSize else {
                now = now.advanced(by: .milliseconds(100))
                table.wake(at: now)
                try follow()
                continue
            }
            return
        }
        try invariant(false, fail("\(line.count) wait, \(warmers.count) warm up, \(table.total) resources"))
    }

    mutating func drain() throws {
        for _ in 0..<5 { try acquire() }
        try follow()
        // Whoever waits does so for a resource that comes back as a suspect.
        while leases.count > 1 { try release() }
        try follow()
        table.beginDrain(until: now.advanced(by: .seconds(1)), at: now)
        try follow()
        nextID += 1
        let late = table.acquire(nextID, at: now, deadline: nil)
        guard case .rejected(.draining) = late else { return try invariant(false, fail("a drain admits")) }
        while table.aborted == nil {
            now = max(now, table.nextWake ?? now)
            try wakeTable()
            try follow()
        }
        try invariant(line.isEmpty && warmers.isEmpty, fail("somebody was left waiting"))
        while !leases.isEmpty { try release() }
        while !creations.isEmpty { try endCreation() }
        while !checks.isEmpty { try endCheck() }
        try follow()
        while let closing = closings.popLast() { table.closed(closing.id, failed: false, at: now) }
        try follow()
        try invariant(table.isFinished, fail("the end is not the end"))
        try invariant(resources.isEmpty, fail("\(resources.count) resources are left"))
        try invariant(table.nextWake == nil, fail("it wants to be woken after its end"))
    }
}

@Suite struct `Resource table walks` {
    @Test(arguments: 0..<100 as Range<UInt64>)
    func `random walk keeps every promise`(seed: UInt64) throws {
        var walk = ResourceWalk(seed: seed)
        try walk.run(steps: 5_000)
    }
}
