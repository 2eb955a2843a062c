internal import BenchSupport
internal import HTTPSessionPool
internal import Synchronization

/// What the pool's own bookkeeping costs, in nanoseconds, at 1 to 10 000 keys; no request is sent.
struct Bookkeeping {
    /// What the pool's key is made of: an origin and, perhaps, a configuration.
    private struct Key: Hashable {
        let origin: String
        let configuration: Configuration?
    }

    private final class Configuration: Hashable, Sendable {
        static func == (left: Configuration, right: Configuration) -> Bool { left === right }
        func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
    }

    private let counts: [Int]
    private let operations: Int

    /// Prepares the measurement.
    ///
    /// - Parameter options: `--sessions` is the largest number of keys, `--requests` the operations per measurement.
    init(_ options: BenchOptions) {
        counts = [1, 10, 100, 1_000, 10_000].filter { $0 <= options.sessions }
        operations = options.requests
    }

    /// Measures everything.
    func measure() async throws -> JSONLine {
        var line = JSONLine()
        for count in counts {
            let pool = makePool(maxSessions: count)
            let urls = try (0..<count).map { try BaseURL(Self.text($0)) }
            let growth = try await grow(pool, urls)
            if count == counts.last, count >= 1_000 {
                line["create_first"] = growth.first
                line["create_last"] = growth.last
            }
            let order = randomOrder(below: count)
            let hit = try await hit(pool, urls, order)
            let dictionary = try await dictionary(pool, urls, order)
            line["hit_\(count)"] = hit
            line["dictionary_\(count)"] = dictionary
            line["hit_ratio_\(count)"] = hit / dictionary
            line["acquire_\(count)"] = try await acquire(pool, order)
            line["evict_\(count)"] = try await evict(pool, count)
            await pool.shutdown()
        }
        return line
    }

    // MARK: The measurements

    /// Creates all sessions; nanoseconds per session for the first and the last tenth.
    private func grow(_ pool: SessionPool, _ urls: [BaseURL]) async throws -> (first: Double, last: Double) {
        let tenth = max(1, urls.count / 10)
        var times: [Double] = []
        for start in stride(from: 0, to: urls.count, by: tenth) {
            let end = min(start + tenth, urls.count)
            let begin = ProcessFacts.now
            for url in urls[start..<end] { _ = try await pool.session(for: url) }
            times.append(Double(ProcessFacts.now - begin) / Double(end - start))
        }
        return (times.first ?? 0, times.last ?? 0)
    }

    private func hit(_ pool: SessionPool, _ urls: [BaseURL], _ order: [Int]) async throws -> Double {
        try await quickest {
            for index in order { _ = try await pool.session(for: urls[index]) }
        }
    }

    /// The same keys in a dictionary under a lock, which also hands out the session.
    private func dictionary(_ pool: SessionPool, _ urls: [BaseURL], _ order: [Int]) async throws -> Double {
        let keys = urls.map { Key(origin: $0.origin, configuration: nil) }
        var sessions: [Key: Session] = [:]
        for (key, url) in zip(keys, urls) { sessions[key] = try await pool.session(for: url) }
        let table = Mutex(sessions)
        var found = 0
        let time = try await quickest {
            for index in order where table.withLock({ $0[keys[index]] }) != nil { found += 1 }
        }
        guard found > 0 else { throw PoolClient.Problem(text: "the dictionary is empty") }
        return time
    }

    private func acquire(_ pool: SessionPool, _ order: [Int]) async throws -> Double {
        let texts = (0..<(order.max() ?? 0) + 1).map(Self.text)
        return try await quickest {
            for index in order { try await pool.acquire(texts[index]) { _ in } }
        }
    }

    /// Asks a full pool for new keys: every one evicts a session and creates another.
    private func evict(_ pool: SessionPool, _ count: Int) async throws -> Double {
        let fresh = try (0..<2_000).map { try BaseURL(Self.text(count + $0)) }
        let begin = ProcessFacts.now
        for url in fresh { _ = try await pool.session(for: url) }
        return Double(ProcessFacts.now - begin) / Double(fresh.count)
    }

    // MARK: Shared steps

    private static func text(_ number: Int) -> String { "https://host-\(number).example.com/v1" }

    private func makePool(maxSessions: Int) -> SessionPool {
        var configuration = PoolConfiguration()
        configuration.maxSessions = maxSessions
        configuration.session.proxy = .none
        return SessionPool(configuration: configuration)
    }

    /// Indexes in an order that no cache can foresee, the same in every run.
    private func randomOrder(below count: Int) -> [Int] {
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        return (0..<operations).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(count))
        }
    }

    /// Nanoseconds per operation of the quickest of five passes: whatever else happened made the others slower.
    private func quickest(_ pass: () async throws -> Void) async throws -> Double {
        var best = Int64.max
        for _ in 0..<5 {
            let begin = ProcessFacts.now
            try await pass()
            best = min(best, ProcessFacts.now - begin)
        }
        return Double(best) / Double(operations)
    }
}
