import Foundation
import HTTPSessionPool
import PoolServer
import TestSupport
import Testing

/// The page in a browser.
@Suite(.timeLimit(.minutes(5))) struct PageTests {
    private static func browser() throws -> String {
        let names = ["chromium", "chromium-browser", "google-chrome"]
        guard let found = names.lazy.compactMap({ try? Command.find($0) }).first else {
            throw Command.NotFound(name: "chromium")
        }
        return found
    }

    /// The document after the page's script has run for a while.
    private static func document(_ url: String) async throws -> String {
        let directory = try TemporaryDirectory("browser")
        return try await Command.run(
            try browser(),
            [
                // Root has no sandbox, and a container has little shared memory.
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
                "--user-data-dir=\(directory.path)", "--virtual-time-budget=5000", "--dump-dom", url,
            ],
            environment: ["HOME": directory.path, "no_proxy": "*", "NO_PROXY": "*"]
        )
    }

    /// The values that the page shows, by their path in the statistics.
    private static func values(_ document: String) -> [String: String] {
        var values: [String: String] = [:]
        for tag in document.split(separator: "<") {
            guard let path = attribute("data-path", of: tag) else { continue }
            values[path] = attribute("data-value", of: tag)
        }
        return values
    }

    private static func attribute(_ name: String, of tag: Substring) -> String? {
        guard let start = tag.firstRange(of: "\(name)=\"") else { return nil }
        return String(tag[start.upperBound...].prefix { $0 != "\"" })
    }

    private static func value(_ object: Any, _ path: String) -> Any? {
        path.split(separator: ".").reduce(object as Any?) { ($0 as? [String: Any])?[String($1)] }
    }

    @Test func `the page shows the numbers of the statistics`() async throws {
        try await LoopbackServer.serving { request in
            request.target == "/fail" ? .closeWithoutAnswer : .text("ok", status: request.target == "/429" ? 429 : 200)
        } _: { target in
            try await ServerTests.running({ $0.sampleInterval = .milliseconds(100) }) { server, pool in
                // A check between the page's last look and the test's would be in one of them only.
                var unchecked = SessionConfiguration()
                unchecked.health.interval = nil
                for path in ["/", "/", "/429", "/fail", "/"] {
                    _ = try? await pool.session(for: target.url, configuration: unchecked).post(path, body: [1])
                }
                let document = try await Self.document(server.url)
                let client = try Session(server.url)
                let stats = try JSONSerialization.jsonObject(with: Data(try await client.get("/pool/stats").body))
                await client.close()
                let shown = Self.values(document)
                #expect(shown.count > 40 && document.contains("data-loaded=\"yes\""))
                for (path, text) in shown where path != "details.uptime_seconds" {
                    switch Self.value(stats, path) {
                    case let number as NSNumber: #expect(Double(text) == number.doubleValue, "\(path)")
                    case let string as String: #expect(text == string, "\(path)")
                    default: #expect(text.isEmpty, "\(path)")
                    }
                }
                #expect(shown["details.requests.total"] == "5" && shown["details.requests.failed"] == "1")
                #expect(document.contains(">ready</span>") && document.contains("data-key=\"\(target.url)\""))
                // Lines of the charts, of points that were taken before the page was opened.
                #expect(document.components(separatedBy: "class=\"series ").count > 4)
            }
        }
    }

    @Test func `without the token the page asks for it, and shows nothing`() async throws {
        try await ServerTests.running({ $0.token = "only-for-the-operators" }) { server, pool in
            let document = try await Self.document(server.url)
            #expect(document.contains("<form id=\"login\">"), "the form is no longer hidden")
            #expect(Self.values(document).values.allSatisfy { $0.isEmpty })
            #expect(document.contains("the token is missing or wrong"))
        }
    }

    @Test func `a pool that is shut down is told of`() async throws {
        try await ServerTests.running { server, pool in
            await pool.shutdown(grace: .zero)
            let document = try await Self.document(server.url)
            #expect(document.contains(">closed</span>") && document.contains("The pool was shut down."))
        }
    }
}
