@testable import PoolSettings
import TestSupport
import Testing

/// How values are written.
@Suite struct ValueSyntaxTests {
    @Test(arguments: [
        ("300s", 300_000.0), ("5m", 300_000), ("5min", 300_000), ("250ms", 250), ("1h30m", 5_400_000),
        ("2d", 172_800_000),
        ("1.5s", 1_500), ("0s", 0), ("1h0.5s", 3_600_500), ("10us", 0.01), ("-3s", -3_000), ("0.000001s", 0.001),
    ])
    func `a time with units`(_ text: String, _ milliseconds: Double) {
        #expect(DurationText.parse(text) == .nanoseconds(Int64(milliseconds * 1_000_000)))
    }

    @Test(arguments: [
        "", "s", "5", "5 s", "5S", "5sec", "1s1s", "1s1m", "1.s", ".5s", "1..5s", "5s ", "--5s", "+5s", "1e3s", "٣s",
        "9999999999999s", "1.0000000001s", "5µs", "infs", "0x5s", "5m-3s",
    ])
    func `what is no time`(_ text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [
        (Duration.seconds(300), "300"), (.milliseconds(500), "0.5"), (.zero, "0"), (.nanoseconds(1), "0.000000001"),
        (.milliseconds(-1_500), "-1.5"), (.milliseconds(3_600_050), "3600.05"),
    ])
    func `a time as seconds`(_ time: Duration, _ text: String) {
        #expect(time.secondsText == text)
    }

    @Test func `seconds as numbers are exact to the nanosecond`() {
        #expect(DurationText.seconds(0.05) == .milliseconds(50))
        #expect(DurationText.seconds(5.0) == .seconds(5))
        #expect(DurationText.seconds(1e300) == nil)
        #expect(DurationText.seconds(.nan) == nil)
        #expect(DurationText.seconds(-.infinity) == nil)
    }

    @Test(arguments: ["0", "-1", "+7", "3.25", "1e3", "1E-2", "-0.0", "00012"]) func `a number`(_ text: String) {
        #expect(NumberText(text) != nil)
    }

    @Test(arguments: ["", "-", "1.", ".5", "1e", "0x1", "nan", "inf", "1_000", " 1", "1 ", "１", "1e+", "--1"])
    func `what is no number`(_ text: String) {
        #expect(NumberText(text) == nil)
    }

    private func variable(_ name: String, _ text: String) throws -> PoolSettings {
        var sources = PoolSettings.Sources()
        sources.file = .none
        sources.environment = ["POOL_SETTINGS__" + name: text]
        return try PoolSettings.load(sources).settings
    }

    @Test(arguments: ["true", "TRUE", "1", "yes", "Yes", "on", " on "]) func `a switch that is on`(_ text: String)
        throws
    {
        #expect(try variable("LOG_REQUESTS", text).logRequests)
    }

    @Test(arguments: ["false", "False", "0", "no", "off", "OFF"]) func `a switch that is off`(_ text: String) throws {
        #expect(try !variable("ENABLED", text).enabled)
    }

    @Test(arguments: ["[429, 503]", "429,503", " 429 , 503 ", "429,503,"]) func `lists in variables`(_ text: String)
        throws
    {
        #expect(try variable("RETRY__STATUSES", text).retry.statuses == [429, 503])
    }

    @Test func `texts in variables`() throws {
        #expect(try variable("HTTP_VERSION", "HTTP/2").httpVersion == .http2)
        #expect(try variable("HTTP2", "false").httpVersion == .http1)
        #expect(try variable("LOG_LEVEL", "WARN").logLevel == .warning)
        #expect(try variable("TIMEOUT", "12").timeout.total == .seconds(12))
        #expect(try variable("TIMEOUT", #"{"connect": 2, "idle": "1m"}"#).timeout.idle == .seconds(60))
        #expect(try variable("IDLE_TIMEOUT", "5m").idleTimeout == .seconds(300))
        #expect(try variable("HEDGE__DELAY", "P99").hedge.delay == .percentile(99))
        #expect(try variable("HEDGE__DELAY", "750ms").hedge.delay == .after(.milliseconds(750)))
        #expect(try variable("REGIONS", #"[{"name": "eu", "url": "https://eu.example.com"}]"#).regions.count == 1)
        #expect(try variable("MAX_SIZE", "").maxSize == 10, "an empty variable counts as not set")
    }

    @Test func `unknown variables are warnings with a suggestion`() throws {
        var sources = PoolSettings.Sources()
        sources.file = .none
        sources.environment = [
            "POOL_SETTINGS__MIN_SZE": "1", "POOL_SETTINGS__RETRY__MAX_RETRYS": "1", "POOL_SETTINGS__PORT": "1",
            "POOL_SETTINGS__A.B": "1", "POOL_SETTINGS__": "1", "POOL_SETTING__MIN_SIZE": "1",
        ]
        let warnings = try PoolSettings.load(sources).warnings
        #expect(warnings.allSatisfy { $0.severity == .warning && $0.rule == "unknown variable" })
        let hints = Dictionary(uniqueKeysWithValues: warnings.map { ($0.path, $0.hint) })
        #expect(hints.count == 5)
        #expect(hints["pool_settings.min_sze"] == "did you mean \"POOL_SETTINGS__MIN_SIZE\"?")
        #expect(hints["pool_settings.retry.max_retrys"] == "did you mean \"POOL_SETTINGS__RETRY__MAX_RETRIES\"?")
        #expect(hints["pool_settings.port"] == "did you mean \"POOL_SETTINGS__STATS__PORT\"?")
    }

    @Test func `other programs' tables are left alone, and suspicious keys beside ours are warnings`() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "ccproxy.toml",
            "port = 8000\nlog_level = \"info\"\n[pool_settings]\n[server]\nx = 1\n"
        )
        let loaded = try PoolSettings.load(.only(file: file))
        #expect(
            loaded.warnings.map(\.description) == [
                "log_level: stands outside of \"pool_settings\" - put it into that table [from \(file):2:1]"
            ]
        )
        let empty = try directory.write("empty.toml", "")
        #expect(
            try PoolSettings.load(.only(file: empty)).warnings.map(\.rule) == ["is missing, so that nothing is set"]
        )
    }

    @Test func `warnings`() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "pool.toml",
            """
            [pool_settings]
            insecure = true
            no_proxy = "localhost, .corp"
            health.mode = "completion"
            limits.concurrency = 1
            cluster = { mode = "shadow", url = "redis://127.0.0.1", expected_instances = 3 }
            """
        )
        let loaded = try PoolSettings.load(.only(file: file))
        #expect(loaded.settings.noProxy == ["localhost", ".corp"])
        let paths = ["health.mode", "insecure", "no_proxy", "cluster.on_outage"]
        #expect(loaded.warnings.map(\.path) == paths.map { "pool_settings.\($0)" })
    }
}
