import HTTPSessionPool

// The README's part on pools of other things than sessions: the code between the marks is shown there.

/// A connection to a database that exists in this process only; it breaks after a few queries.
final actor Database: Pingable, Closeable {
    nonisolated let host: String
    private var queries = 0
    private var isOpen = true

    private init(host: String) {
        self.host = host
    }

    /// Takes a while, as connecting does.
    static func connect(to host: String = "db-1:5432") async throws -> Database {
        try await Task.sleep(for: .milliseconds(20))
        return Database(host: host)
    }

    func query(_ text: String) throws -> String {
        guard isOpen, queries < 5 else { throw Broken() }
        queries += 1
        return "\(text) on \(host)"
    }

    func ping() -> Bool { isOpen && queries < 5 }

    func close() {
        isOpen = false
    }

    struct Broken: Error {}
}

/// One pool.
func pool() async throws {
    // resources: pool
    var configuration = ResourcePoolConfiguration()
    configuration.minSize = 2
    configuration.maxSize = 8
    let pool = try ResourcePool(configuration: configuration) {
        try await Database.connect()  // any async factory; a resource is any Sendable type
    }

    // Scoped: given back when the block returns, throws or is cancelled.
    let answer = try await pool.withResource { database in
        try await database.query("SELECT 1")
    }
    print(answer)

    // By hand: a second release is an error, and a lease that is forgotten costs no place.
    let lease = try await pool.acquire(timeout: .seconds(1))
    print(try await lease.resource.query("SELECT 2"), lease.age, lease.idleTime)
    try pool.release(lease)

    let statistics = pool.statistics
    print(statistics.totalConnections, "held,", statistics.reuseRatio, "reused,", statistics.averageWaitTime, "waited")
    let aborted = await pool.shutdown(grace: .seconds(10))
    print(aborted, "uses cut off")
    // resources: end
}

/// Several hosts.
func hosts() async throws {
    // resources: hosts
    let pool = try MultiHostPool(hosts: ["db-1:5432", "db-2:5432", .init("db-3:5432", maxSize: 2)]) { host in
        try await Database.connect(to: host)
    }
    for _ in 0..<3 {
        print(try await pool.withResource { try await $0.query("SELECT 3") })  // the healthy hosts in turn
    }
    print(try await pool.withResource(host: "db-2:5432") { try await $0.query("SELECT 4") })
    for host in pool.statistics.hosts { print(host.name, host.isHealthy, host.statistics.acquired) }
    await pool.shutdown()
    // resources: end
}

/// What breaks is replaced.
func broken() async throws {
    let pool = try ResourcePool { try await Database.connect() }
    var failures = 0
    for number in 0..<20 {
        do {
            _ = try await pool.withResource { try await $0.query("SELECT \(number)") }
        } catch is Database.Broken {
            failures += 1
        }
    }
    // Each connection breaks once, is then found by its ping, and closed.
    let reasons = pool.statistics.destroyedByReason
    print(failures, "broken queries,", reasons[.validation] ?? 0, "connections found broken by a ping")
    await pool.shutdown()
}

/// Runs the examples.
@main
struct Resources {
    static func main() async throws {
        try await pool()
        try await hosts()
        try await broken()
    }
}
