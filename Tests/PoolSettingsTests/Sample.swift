@testable import PoolSettings
import TestSupport

/// Random values of options, as the table says that they may be.
struct Sample {
    var random: SplitMix64

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    /// Options whose values depend on those of others, or on files: random values of them would break rules.
    static let entangled: Set<String> = [
        "preset", "min_size", "max_size", "max_per_host", "idle_timeout", "max_age", "acquire_timeout", "ca_file",
        "client_cert", "client_key", "client_key_password", "insecure", "proxy", "no_proxy", "timeout.total",
        "timeout.connect", "timeout.first_byte", "timeout.stream_total", "warmup.connections", "retry.base",
        "retry.throttle_base", "retry.cap", "breaker.reset_timeout", "breaker.max_reset_timeout",
        "breaker.half_open_permits", "breaker.success_threshold", "limits.requests_per_second",
        "limits.requests_per_minute", "limits.tokens_per_minute", "limits.burst_seconds", "sizing.fast", "sizing.slow",
        "failover.strategy", "regions", "stats.host", "stats.token", "cluster.mode", "cluster.url",
        "cluster.lease_ttl", "cluster.renew",
    ]

    /// The options that any mixture of values is right for.
    static var free: [PoolSettings.Option] { PoolSettings.options.filter { !entangled.contains($0.path) } }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[random.below(elements.count)] }

    /// A value that is allowed.
    mutating func value(for option: PoolSettings.Option) -> PoolSettings.Value {
        switch option.type {
        case "bool": return .bool(random.chance(50))
        case "integer":
            let bounds = option.limits.split(separator: ".").compactMap { Int($0) }
            let (low, high) = (bounds.first ?? 0, bounds.last ?? 0)
            return .integer(low + random.below(min(high - low, 500) + 1))
        case "number":
            let bounds = option.limits.components(separatedBy: "...").compactMap(Double.init)
            let (low, high) = (bounds.first ?? 0, min(bounds.last ?? 0, 1_000))
            return .number(low + (high - low) * Double(random.below(1_001)) / 1_000)
        case "seconds" where option.path == "hedge.delay" && random.chance(50):
            return .text("p\(50 + random.below(50))")
        case "seconds":
            if option.limits.hasPrefix("0 ("), random.chance(20) { return .duration(.zero) }
            // ">= 1", "1...32767", or one of these behind what 0 means.
            let range = option.limits.components(separatedBy: ") or ").last ?? ""
            let least = range.replacing(">= ", with: "").components(separatedBy: "...").first.flatMap(Double.init) ?? 0
            return .duration(.milliseconds(Int64(least * 1_000) + Int64(random.below(100_000))))
        case "choice": return .text(pick(option.limits.components(separatedBy: ", ")))
        case "integers": return .list([429, 500, 503, 599].filter { _ in random.chance(60) }.map { .integer($0) })
        default: return special(option)
        }
    }

    private mutating func special(_ option: PoolSettings.Option) -> PoolSettings.Value {
        switch option.path {
        case "no_proxy": .list([.text("localhost"), .text(".example.com")])
        case "proxy": .address(PoolSettings.Secret("http://user:secret@proxy.example:\(1_024 + random.below(9_000))"))
        case "cluster.url": .address(PoolSettings.Secret("redis://:secret@redis.example/\(random.below(16))"))
        case "stats.token", "client_key_password": .secret(PoolSettings.Secret("secret-\(random.below(1_000_000))"))
        case "regions":
            .list(
                ["a", "b"].map { name in
                    .table([
                        PoolSettings.Field("name", .text(name)),
                        PoolSettings.Field("url", .text("https://\(name).example.com")),
                        PoolSettings.Field("priority", .integer(random.below(10))),
                        PoolSettings.Field("weight", .integer(1 + random.below(10))),
                    ])
                }
            )
        default: .text("text \"\\ é \(random.below(1_000_000))")
        }
    }

    /// A value that is allowed and is not the default.
    mutating func change(of option: PoolSettings.Option) -> PoolSettings.Value {
        let usual = option.value(in: PoolSettings())
        while true {
            let value = value(for: option)
            if value != usual { return value }
        }
    }

    /// A way to write a value into a variable.
    mutating func variable(_ value: PoolSettings.Value) -> String {
        switch value {
        case .bool(let value):
            value ? pick(["true", "1", "yes", "on", "TRUE", "On"]) : pick(["false", "0", "no", "off"])
        case .text(let text): text
        case .duration(let time) where random.chance(50): "\(time / .milliseconds(1))".dropLast(2) + "ms"
        case .list(let values) where random.chance(50): values.map(\.description).joined(separator: ", ")
        default: value.json
        }
    }

    /// A way to write a value into a TOML file.
    mutating func toml(_ value: PoolSettings.Value) -> String {
        switch value {
        case .duration(let time) where random.chance(30): "\"\("\(time / .milliseconds(1))".dropLast(2))ms\""
        case .text(let text) where random.chance(30) && !text.contains("'"): "'\(text)'"
        default: value.description
        }
    }
}

extension String {
    /// The pieces between a text.
    func components(separatedBy separator: String) -> [String] {
        var (pieces, rest) = ([String](), self[...])
        while let range = rest.firstRange(of: separator) {
            pieces.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return pieces + [String(rest)]
    }
}

/// Nested JSON objects from paths.
func nestedJSON(_ values: [(path: [String], json: String)]) -> String {
    var members: [String] = []
    var done: Set<String> = []
    for (path, json) in values where done.insert(path[0]).inserted {
        let inner = values.filter { $0.path[0] == path[0] && $0.path.count > 1 }
        let text = inner.isEmpty ? json : nestedJSON(inner.map { (Array($0.path.dropFirst()), $0.json) })
        members.append("\"\(path[0])\": \(text)")
    }
    return "{" + members.joined(separator: ", ") + "}"
}
