import Glibc
import HTTPSessionPool
import TestSupport
import Testing

/// A process without descriptors: told as what it is, and nothing is left of it afterwards (libuv#315, dream#419).
///
/// In a process of its own: other tests need descriptors too.
@Suite(.timeLimit(.minutes(1)))
struct DescriptorTests {
    /// Takes all descriptors that are left under a low limit.
    private static func takeAll() -> [Int32] {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return [] }
        limit.rlim_cur = min(limit.rlim_cur, 128)
        guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return [] }
        var taken: [Int32] = []
        while true {
            let descriptor = unsafe open("/dev/null", O_RDONLY)
            guard descriptor >= 0 else { return taken }
            taken.append(descriptor)
        }
    }

    @Test func `a private session can be made again when there are descriptors again`() async {
        await #expect(processExitsWith: .success) {
            let taken = Self.takeAll()
            var code: SessionError.Code?
            do throws(SessionError) {
                _ = try Session("http://127.0.0.1:9")
            } catch {
                code = error.code
                try invariant(error.isRetryable, "a lack of descriptors passes")
            }
            try invariant(code == .descriptorsExhausted, "\(String(describing: code))")
            for descriptor in taken { close(descriptor) }
            try await LoopbackServer.serving { _ in
                .text("ok")
            } _: { server in
                let session = try Session(server.url)
                let response = try await session.get("/")
                try invariant(response.text == "ok", "another answer")
                await session.close()
            }
        }
    }
}
