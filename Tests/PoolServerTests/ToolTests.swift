import Foundation
import HTTPSessionPool
import PoolServer
import TestSupport
import Testing

/// What others say about the metrics: promtool, the parser of the Prometheus project, Prometheus itself.
@Suite(.timeLimit(.minutes(5))) struct ToolTests {
    private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    /// The interpreter of the environment that `Scripts/setup --tests` makes.
    private static func python() throws -> String {
        let root = here.deletingLastPathComponent().deletingLastPathComponent()
        let python = root.appendingPathComponent(".venv/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: python) else { throw Command.NotFound(name: python) }
        return python
    }

    /// Keeps callers busy with a pool, some of whose requests fail, while the body runs.
    static func underLoad(_ pool: SessionPool, _ body: () async throws -> Void) async throws {
        try await LoopbackServer.serving { request in
            request.target == "/fail" ? .closeWithoutAnswer : .text("ok", status: request.target == "/429" ? 429 : 200)
        } _: { target in
            let url = target.url
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<4 {
                    group.addTask {
                        var number = caller
                        while !Task.isCancelled {
                            let path = ["/ok", "/ok", "/429", "/fail"][number % 4]
                            _ = try? await pool.session(for: url).post(path, body: [1])
                            number += 1
                            await Task.yield()
                        }
                    }
                }
                do {
                    try await eventually { pool.statistics.total.requests > 200 }
                    try await body()
                } catch {
                    group.cancelAll()
                    throw error
                }
                group.cancelAll()
                try await group.waitForAll()
            }
            await pool.shutdown(grace: .seconds(10))
        }
    }

    static func get(_ client: Session, _ path: String, accept: String) async throws -> Response {
        try await client.send(Request(.get, path, headers: ["Accept": accept]))
    }

    @Test func `promtool and the project's own parser accept the metrics, taken under load`() async throws {
        let directory = try TemporaryDirectory("metrics")
        let python = try Self.python()
        try await ServerTests.running { server, pool in
            var files: [String] = []
            try await Self.underLoad(pool) {
                let client = try Session(server.url)
                for index in 0..<10 {
                    for (name, accept) in [("plain", "text/plain"), ("open", "application/openmetrics-text")] {
                        let answer = try await Self.get(client, "/metrics", accept: accept)
                        _ = try MetricsText(answer.text, isOpenMetrics: name == "open")
                        files.append(try directory.write("\(name)-\(index)", answer.text))
                    }
                }
                await client.close()
            }
            for file in files where file.contains("plain") {
                let output = try await Command.run("sh", ["-c", "promtool check metrics <\"$1\"", "sh", file])
                #expect(output.isEmpty, "\(output)")
            }
            let script = Self.here.appendingPathComponent("python/openmetrics.py").path
            let output = try await Command.run(python, [script] + files, environment: ["PYTHONDONTWRITEBYTECODE": "1"])
            #expect(output.contains("the parser is satisfied"))
        }
    }

    @Test func `promtool and the checks of our own find what is wrong`() async throws {
        // A check that finds nothing wrong in anything would prove nothing.
        let good = "# HELP a_total x\n# TYPE a_total counter\na_total 1\n"
        _ = try MetricsText(good, isOpenMetrics: false)
        for bad in [
            good + good, good + "a_total 1\n", good + "a_total{b=\"1\"} 1\nb 1\n", String(good.dropLast()),
            good + "a_total{b=\"\\q\"} 1\n", good + "a_total{b=\"1\",b=\"2\"} 1\n", good + "# EOF\n",
            "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1.0\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
            "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1.0\"} 1\nh_sum 1\nh_count 1\n",
        ] {
            #expect(throws: MetricsText.Problem.self, "\(bad)") { try MetricsText(bad, isOpenMetrics: false) }
        }
        let directory = try TemporaryDirectory("metrics")
        let file = try directory.write("bad", "# HELP a x\n# TYPE a counter\na 1\n")
        await #expect(throws: Command.Failed.self) {
            try await Command.run("sh", ["-c", "promtool check metrics <\"$1\"", "sh", file])
        }
    }

    // MARK: Prometheus

    private struct Answer: Decodable {
        struct Series: Decodable {
            let metric: [String: String]
        }
        struct Outcome: Decodable {
            let result: [Series]
        }
        let status: String
        let data: Outcome
    }

    private static func query(_ prometheus: Session, _ query: String) async throws -> [Answer.Series] {
        let unreserved = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "_-.~"))
        let encoded = try #require(query.addingPercentEncoding(withAllowedCharacters: unreserved))
        let response = try await prometheus.get("/api/v1/query?query=\(encoded)")
        return try JSONDecoder().decode(Answer.self, from: Data(response.body)).data.result
    }

    @Test func `a Prometheus scrapes every family and answers a query about it`() async throws {
        let directory = try TemporaryDirectory("prometheus")
        let port = try ReservedPort()
        try await ServerTests.running({ $0.token = "for-the-scraper-only" }) { server, pool in
            let configuration = try directory.write(
                "prometheus.yml",
                """
                global:
                  scrape_interval: 200ms
                  scrape_timeout: 200ms
                scrape_configs:
                  - job_name: pool
                    authorization:
                      credentials: for-the-scraper-only
                    static_configs:
                      - targets: ["127.0.0.1:\(server.port)"]
                """
            )
            try await Command.run("promtool", ["check", "config", configuration])
            let process = try await ChildProcess.start(
                "prometheus",
                [
                    "--config.file=\(configuration)", "--storage.tsdb.path=\(directory.file("data"))",
                    "--web.listen-address=127.0.0.1:\(port.number)", "--storage.tsdb.min-block-duration=2h",
                ]
            )
            // It listens before it has opened its files, and refuses questions until then.
            _ = try await process.wait("ready") { lines in
                lines.contains { $0.contains("Server is ready to receive web requests") }
            }
            let prometheus = try Session("http://127.0.0.1:\(port.number)")
            try await Self.underLoad(pool) {
                try await eventually(every: .milliseconds(20)) { try await !Self.query(prometheus, "up == 1").isEmpty }
                var headers = SessionConfiguration()
                headers.headers["Authorization"] = "Bearer for-the-scraper-only"
                let client = try Session(server.url, configuration: headers)
                let text = try await Self.get(client, "/metrics", accept: "text/plain").text
                let metrics = try MetricsText(text, isOpenMetrics: false)
                #expect(metrics.families.count > 25)
                for family in metrics.families {
                    let isHistogram = metrics.samples.contains { $0.name == family + "_bucket" }
                    let expression =
                        isHistogram
                        ? "histogram_quantile(0.95, sum by (le) (rate(\(family)_bucket[1m])))"
                        : family.hasSuffix("_total") ? "rate(\(family)[1m])" : family
                    // Rates need two scrapes.
                    try await eventually(every: .milliseconds(20)) {
                        try await !Self.query(prometheus, expression).isEmpty
                    }
                }
                // The last samples that there are: a scrape that has just failed leaves none for an instant.
                let samples = "last_over_time(http_client_request_duration_seconds_count[5m])"
                let byServer = "sum by (server_address) (\(samples))"
                let series = try await Self.query(prometheus, byServer)
                #expect(series.map(\.metric) == [["server_address": "127.0.0.1"]])
                await client.close()
            }
            await prometheus.close()
            try await process.terminate()
        }
    }
}
