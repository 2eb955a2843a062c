@testable import PoolServer
import Testing

@Suite struct ContentNegotiationTests {
    @Test(arguments: [
        // What Prometheus 2.42 sends.
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", MetricsFormat.openMetrics
        ),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
        ("application/openmetrics-text", .openMetrics),
        ("Application/OpenMetrics-Text;Version=\"1.0.0\"", .openMetrics),
        ("text/plain;q=0.5, application/*;q=0.6", .openMetrics),
        ("text/plain;version=0.0.4", .prometheus),
        ("text/plain, application/openmetrics-text", .prometheus),
        ("*/*", .prometheus), ("text/*", .prometheus),
        ("application/openmetrics-text;q=0, */*", .prometheus),
        ("application/openmetrics-text;version=2.0.0, text/plain;q=0.1", .prometheus),
        ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;q=0.9,text/plain;q=0.3", .prometheus),
    ])
    func `metrics come as the client likes them best`(_ accept: String, _ expected: MetricsFormat) {
        let best = AcceptedTypes(accept).best(of: MetricsFormat.offers)
        #expect(best.map { MetricsFormat.allCases[$0] } == expected)
    }

    @Test func `no Accept field accepts everything, an empty or broken one nothing`() {
        #expect(AcceptedTypes(nil).best(of: MetricsFormat.offers) == 0)
        for broken in ["", ",", "text", "/", "text/", "text/plain;q=x", ";q=1"] {
            #expect(AcceptedTypes(broken).best(of: MetricsFormat.offers) == nil, "\(broken)")
        }
    }

    @Test func `the most precise range decides, wherever it stands`() {
        let json = AcceptedTypes.Offer(type: "application", subtype: "json")
        #expect(AcceptedTypes("*/*, application/json;q=0").best(of: [json]) == nil)
        #expect(AcceptedTypes("application/json;q=0, */*").best(of: [json]) == nil)
        #expect(AcceptedTypes("*/*;q=0, application/json").best(of: [json]) == 0)
    }
}
