import CTestSupport
import Glibc
@testable import HTTPSessionPool
import TestSupport
import Testing

/// A forked child never touches the parent's sockets.
@Suite(.timeLimit(.minutes(1)))
struct ForkTests {
    @Test func `a child is refused before it touches anything, and the parent goes on`() async throws {
        // In a process of its own: a fork of a process with many busy threads is no test of ours.
        await #expect(processExitsWith: .success) {
            try await LoopbackServer.serving { _ in
                .text("ok")
            } _: { server in
                let pool = SessionPool()
                let session = try await pool.session(for: server.url)
                _ = try await session.get("/")
                let status = Self.statusOfChild {
                    do throws(SessionError) {
                        try ForkGuard.check(origin: session.baseURL.origin)
                        return 1
                    } catch {
                        return error.code == .usedAfterFork && error.delivery == .notSent ? 0 : 2
                    }
                }
                #expect(status == 0)
                // The child's end has closed its copies of the sockets; the parent's are none the worse.
                let response = try await session.get("/")
                #expect(response.text == "ok")
                #expect(response.metrics.reusedConnection)
                #expect(server.acceptedConnections == 1)
                try ForkGuard.check(origin: "")
                await pool.shutdown()
            }
        }
    }

    @Test func `a process that is forked before it has made a pool may make one`() async throws {
        await #expect(processExitsWith: .success) {
            let status = Self.statusOfChild { (try? ForkGuard.check(origin: "")) != nil ? 0 : 1 }
            #expect(status == 0)
        }
    }

    /// Forks, runs `body` in the child, and returns what the child ended with.
    ///
    /// The child has only the thread that forked: it may compute, but not await.
    private static func statusOfChild(_ body: () -> Int32) -> Int32 {
        let child = ctest_fork()
        if child == 0 { _exit(body()) }
        var status: Int32 = 0
        guard child > 0, unsafe waitpid(child, &status, 0) == child else { return -1 }
        return status & 0x7f == 0 ? status >> 8 : -2
    }
}
