import HTTPSessionPool

/// A session and how its callers use it.
struct Group: Sendable {
    /// What the callers may ask of the server.
    enum Temper: Sendable {
        /// Nothing that is not right: no call may fail.
        case calm
        /// Right as well, but connections end after their answers, as servers' do; GET alone, which may be sent again.
        case lively
        /// Every fault there is.
        case faulty
        /// Kept connections end without an answer, and connecting anew hangs.
        case hanging
    }

    let name: String
    /// `plain`, `tls` or `h2`.
    let transport: String
    let temper: Temper
    /// Of the callers so many per cent.
    let share: Int
    let url: String
    let configuration: SessionConfiguration

    var mayFail: Bool { temper == .faulty || temper == .hanging }

    /// Every fault by its name, with those who may meet it.
    static let faults: [(name: String, tempers: [Temper], transports: [String])] = {
        let all = ["plain", "tls", "h2"]
        let old = ["plain", "tls"]
        let always: [Temper] = [.calm, .lively, .faulty]
        return [
            ("connclose", always, old), ("drip", always, old), ("lateclose", [.lively, .faulty], old),
            ("close", [.faulty], all), ("reset", [.faulty], all), ("stall", [.faulty], all), ("cut", [.faulty], all),
            ("stallmid", [.faulty], all), ("garbage", [.faulty], all), ("cutreset", [.faulty], old),
            ("twice", [.faulty], old), ("unasked", [.faulty], old), ("headbody", [.faulty], old),
            ("rst", [.faulty], ["h2"]), ("rstmid", [.faulty], ["h2"]), ("lie", [.faulty], ["h2"]),
            ("goaway", [.faulty], ["h2"]), ("goawaybelow", [.faulty], ["h2"]), ("refused", [.faulty], ["h2"]),
            ("hang", [.hanging], old),
        ]
    }()

    /// The groups for which there is a server.
    static func all(_ options: Options) -> [Group] {
        let plans: [(String, String, Temper, Int)] = [
            ("calm-plain", "plain", .calm, 10), ("calm-tls", "tls", .calm, 10), ("calm-h2", "h2", .calm, 6),
            ("lively-plain", "plain", .lively, 8), ("lively-tls", "tls", .lively, 8),
            ("faulty-plain", "plain", .faulty, 17), ("faulty-tls", "tls", .faulty, 15), ("faulty-h2", "h2", .faulty, 8),
            ("shared-h2", "h2", .faulty, 6),
            ("hang-1", "plain", .hanging, 3), ("hang-2", "tls", .hanging, 3), ("hang-3", "plain", .hanging, 3),
            ("hang-4", "tls", .hanging, 3),
        ]
        return plans.compactMap { name, transport, temper, share in
            guard options.only.isEmpty || options.only.contains(transport), let url = options.servers[name] else {
                return nil
            }
            return Group(
                name: name,
                transport: transport,
                temper: temper,
                share: share,
                url: url,
                configuration: configuration(name, transport, temper, options)
            )
        }
    }

    private static func configuration(
        _ name: String,
        _ transport: String,
        _ temper: Temper,
        _ options: Options
    ) -> SessionConfiguration {
        var configuration = SessionConfiguration()
        configuration.proxy = .none
        configuration.tls.additionalRoots = [.file(options.certificate)]
        configuration.tls.trustsSystemRoots = false
        configuration.httpVersion = transport == "h2" ? .http2 : .http1
        configuration.streamsShareHTTP2 = name == "shared-h2" || name == "calm-h2"
        configuration.limits.maxConcurrentRequests = 64
        configuration.limits.maxConnections = 64
        configuration.limits.streamHighWaterMark = 4_096
        configuration.health.interval = temper == .hanging ? nil : .seconds(1)
        configuration.idleTimeout = .seconds(3)
        configuration.maxAge = .seconds(20)
        configuration.timeouts.acquire = nil
        let isCalm = temper == .calm || temper == .lively
        if temper == .calm {
            // Fewer permits than callers: some wait in line.
            configuration.limits.maxConcurrentRequests = 12
            configuration.limits.maxConnections = 12
            configuration.minConnections = 2
        }
        configuration.timeouts.connect = isCalm ? .seconds(10) : .seconds(3)
        configuration.timeouts.firstByte = isCalm ? .seconds(10) : .seconds(1)
        configuration.timeouts.idle = isCalm ? .seconds(10) : .seconds(1)
        configuration.timeouts.total = isCalm ? .seconds(20) : .seconds(4)
        configuration.timeouts.streamTotal = isCalm ? .seconds(20) : .seconds(4)
        return configuration
    }
}
