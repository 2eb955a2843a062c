import CurlTransport
@testable import HTTPSessionPool
@testable import PoolServer
import Testing

@Suite struct MetricsTests {
    private func text(_ format: MetricsFormat, _ pool: PoolStatistics = Sample.both) -> String {
        String(decoding: format.body(PoolMetrics(pool, isReady: true).families), as: UTF8.self)
    }

    private func metrics(_ pool: PoolStatistics = Sample.both) throws -> MetricsText {
        try MetricsText(text(.prometheus, pool), isOpenMetrics: false)
    }

    @Test(arguments: MetricsFormat.allCases) func `both formats keep their rules`(_ format: MetricsFormat) throws {
        for pool in [Sample.both, Sample.pool([]), Sample.pool([("", SessionStatistics())], name: "a\"b\\c\nd")] {
            _ = try MetricsText(text(format, pool), isOpenMetrics: format == .openMetrics)
        }
        let response = Sample.application().get(
            "/metrics",
            format == .openMetrics ? [("Accept", "application/openmetrics-text")] : []
        )
        #expect(response.field("Content-Type") == format.contentType && response.field("Vary") == "Accept")
        _ = try MetricsText(response.text, isOpenMetrics: format == .openMetrics)
    }

    @Test func `both formats have the same numbers`() throws {
        let plain = try MetricsText(text(.prometheus), isOpenMetrics: false).samples
        let open = try MetricsText(text(.openMetrics), isOpenMetrics: true).samples
        #expect(plain.count == open.count && plain.count > 100)
        for (one, other) in zip(plain, open) {
            #expect(one.name == other.name && one.value == other.value)
            #expect(one.labels.map(\.value) == other.labels.map(\.value))
        }
    }

    @Test func `requests are counted by method, result and server`() throws {
        let metrics = try metrics()
        let count = "http_client_request_duration_seconds_count"
        let api = ["server_address": "api.example.com", "server_port": "443"]
        let local = ["server_address": "::1", "server_port": "8080"]
        #expect(metrics.value(count, api) == 160)
        #expect(metrics.value(count, local.merging(["error_type": "429"]) { $1 }) == 1)
        #expect(metrics.value(count, local.merging(["http_response_status_code": "429"]) { $1 }) == 1)
        #expect(metrics.value(count, ["error_type": "timeout.first_byte"]) == 1)
        #expect(metrics.value(count, ["error_type": "pool.acquire_timeout"]) == 1)
        let fast = api.merging(["le": "0.1"]) { $1 }
        let slow = api.merging(["le": "0.25"]) { $1 }
        #expect(metrics.value("http_client_request_duration_seconds_bucket", fast) == 0)
        #expect(metrics.value("http_client_request_duration_seconds_bucket", slow) == 160)
        let sum = try #require(metrics.value("http_client_request_duration_seconds_sum", api))
        #expect(abs(sum - 160 * 0.18) < 1e-9)
    }

    @Test func `the pool's own metrics have the pool's name and the numbers of the statistics`() throws {
        let metrics = try metrics()
        #expect(metrics.value("session_pool_connections", ["state": "idle", "pool": "default"]) == 5)
        #expect(metrics.value("session_pool_connections", ["state": "used"]) == 2)
        #expect(metrics.value("session_pool_connections_min") == 4)
        #expect(metrics.value("session_pool_connections_created_total") == 13)
        #expect(metrics.value("session_pool_connections_destroyed_total", ["reason": "idle"]) == 1)
        #expect(metrics.value("session_pool_connections_destroyed_total", ["reason": "other"]) == 4)
        #expect(metrics.value("session_pool_requests_total", ["result": "success"]) == 161)
        #expect(metrics.value("session_pool_requests_total", ["result": "failure"]) == 3)
        #expect(metrics.value("session_pool_requests_total", ["result": "cancelled"]) == 1)
        #expect(metrics.value("session_pool_health_checks_total", ["result": "failure"]) == 4)
        #expect(metrics.value("session_pool_pending_requests") == 4)
        #expect(metrics.value("session_pool_state", ["state": "running"]) == 1)
        #expect(metrics.value("session_pool_state", ["state": "closed"]) == 0)
        #expect(
            metrics.value("http_client_open_connections", ["http_connection_state": "active", "server_port": "443"])
                == 2
        )
        #expect(metrics.value("session_pool_acquire_wait_seconds_count") == 164, "all that had a permit")
    }

    @Test func `sessions of one server are one series, also when the pool no longer holds them`() throws {
        let origin = "https://api.example.com"
        let pool = Sample.pool(
            [(origin, Sample.guide()), (origin, Sample.guide()), ("http://api.example.com:443", Sample.guide())],
            retired: [(origin, Sample.guide())]
        )
        let metrics = try metrics(pool)
        let labels = ["server_address": "api.example.com", "server_port": "443"]
        #expect(metrics.value("http_client_request_duration_seconds_count", labels) == 640)
        #expect(metrics.value("session_pool_concurrency_limit", labels) == 30, "of those that are held")
    }

    @Test(arguments: [
        ("https://api.example.com", "api.example.com", "443"), ("http://api.example.com", "api.example.com", "80"),
        ("https://api.example.com:8443", "api.example.com", "8443"), ("http://[::1]", "::1", "80"),
        ("http://[2001:db8::1]:8080", "2001:db8::1", "8080"), ("_OTHER", "_OTHER", ""),
    ])
    func `an origin is a server's address and port`(_ origin: String, _ address: String, _ port: String) {
        let labels = ServerLabels(origin: origin)
        #expect(labels.address == address && labels.port == port)
    }

    @Test(arguments: [MetricBounds.request, MetricBounds.wait])
    func `every bound shown is one that the histograms have`(_ bounds: [Double]) {
        for bound in bounds {
            let nanoseconds = Int64((bound * 1e9).rounded())
            var histogram = LatencyHistogram()
            histogram.record(nanoseconds)
            histogram.record(nanoseconds + 1)
            #expect(histogram.cumulative(upTo: [nanoseconds]) == [1], "\(bound) s")
        }
    }
}
