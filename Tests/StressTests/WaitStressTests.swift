import CurlTransport
@testable import HTTPSessionPool
import Synchronization
import TestSupport
import Testing

/// Waits other than for a permit, begun and cancelled very often.
@Suite(.serialized)
struct WaitStressTests {
    /// What a caller waits for.
    enum Wait: CaseIterable {
        case place, suspension, warmUp
    }

    @Test(arguments: Wait.allCases)
    func `100 000 cancelled waits leave nothing`(wait: Wait) async throws {
        try await LoopbackServer.serving { request in
            request.method == "HEAD" ? .silence : .text("ok")
        } _: { server in
            var configuration = PoolConfiguration()
            configuration.maxSessions = 1
            configuration.acquireTimeout = .seconds(3_600)
            configuration.session.timeouts.acquire = nil
            configuration.session.timeouts.total = nil
            configuration.session.warmUp.timeout = .seconds(3_600)
            configuration.session.limits.maxWaiters = 10_000
            let pool = SessionPool(configuration: configuration)
            try await pool.acquire(server.url) { session in
                if wait == .suspension { session.suspend() }
                for _ in 0..<Scale.steps(100) {
                    await withTaskGroup(of: Void.self) { group in
                        for _ in 0..<1_000 {
                            group.addTask {
                                switch wait {
                                case .place: _ = try? await pool.session(for: "http://other.test")
                                case .suspension: _ = try? await session.get("/")
                                case .warmUp: _ = try? await session.ensureWarm()
                                }
                            }
                        }
                        group.cancelAll()
                    }
                }
                session.resume()
                #expect(pool.statistics.waiting == 0)
                #expect(pool.storage.waitsBeginning == 0)
                try await eventually { await session.core.isLeftAlone }
                #expect(try await session.get("/").text == "ok")
            }
            #expect(await pool.shutdown() == 0)
        }
    }
}

extension PoolStorage {
    fileprivate var waitsBeginning: Int { state.withLock { $0.beginning.count + $0.tokens.count } }
}

extension SessionCore {
    fileprivate var isLeftAlone: Bool { permits.isQuiescent && waiting.isEmpty && warmUps.isEmpty && probes.isEmpty }
}
