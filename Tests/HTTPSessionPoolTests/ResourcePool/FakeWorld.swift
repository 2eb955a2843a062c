import HTTPSessionPool
import TestSupport

/// What the resources of a test live in: it sees everything that happens to them, and breaks them on demand.
final class FakeWorld: Sendable {
    struct State: Sendable {
        var created = 0
        var open: Set<Int> = []
        var peakOpen = 0
        var closed: [Int] = []
        var pinged: [Int] = []
        /// Resources in somebody's hands, as their users say.
        var used: Set<Int> = []
        /// What should never happen.
        var violations: [String] = []
        /// Resources that do not answer a ping.
        var dead: Set<Int> = []
        /// The next runs of the factory that fail.
        var failures = 0
        /// Whether the factory waits until it is let go.
        var isStuck = false
        /// Runs of the factory that have begun.
        var attempts = 0
        var cancellations = 0
    }

    struct FactoryFailure: Error {
        let secret = "password"
    }

    let state: Observed<State>

    init(_ configure: (inout State) -> Void = { _ in }) {
        var state = State()
        configure(&state)
        self.state = Observed(state)
    }

    var value: State { state.value }

    /// The factory.
    func make() async throws -> FakeResource {
        state.update { $0.attempts += 1 }
        do {
            try await state.wait("the factory is let go") { !$0.isStuck }
        } catch {
            state.update { $0.cancellations += 1 }
            throw error
        }
        let id = state.update { state -> Int? in
            guard state.failures == 0 else {
                state.failures -= 1
                return nil
            }
            state.created += 1
            state.open.insert(state.created)
            state.peakOpen = max(state.peakOpen, state.open.count)
            return state.created
        }
        guard let id else { throw FactoryFailure() }
        return FakeResource(id: id, world: self)
    }

    func pool(
        clock: some Clock<Duration> = ContinuousClock(),
        _ configure: (inout ResourcePoolConfiguration) -> Void = { _ in }
    ) throws -> ResourcePool<FakeResource> {
        var configuration = ResourcePoolConfiguration()
        configuration.minSize = 0
        configure(&configuration)
        return try ResourcePool(name: "fake", configuration: configuration, clock: clock) { try await self.make() }
    }
}

/// A resource that can be pinged and closed, and reports who touches it.
final class FakeResource: Pingable, Closeable {
    let id: Int
    private let world: FakeWorld

    init(id: Int, world: FakeWorld) {
        self.id = id
        self.world = world
    }

    /// Uses the resource for as long as `body` takes.
    func use<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        begin()
        defer { end() }
        return try await body()
    }

    func begin() {
        world.state.update { [id] state in
            if !state.used.insert(id).inserted { state.violations.append("\(id) is used by two") }
            if !state.open.contains(id) { state.violations.append("\(id) is used and closed") }
        }
    }

    func end() {
        world.state.update { [id] state in _ = state.used.remove(id) }
    }

    func ping() async throws -> Bool {
        world.state.update { [id] state in
            state.pinged.append(id)
            if state.used.contains(id) { state.violations.append("\(id) is pinged in use") }
            if !state.open.contains(id) { state.violations.append("\(id) is pinged and closed") }
            return !state.dead.contains(id)
        }
    }

    func close() async throws {
        world.state.update { [id] state in
            if state.used.contains(id) { state.violations.append("\(id) is closed in use") }
            if state.open.remove(id) == nil { state.violations.append("\(id) is closed twice") }
            state.closed.append(id)
        }
    }
}
