internal import CurlTransport
internal import HTTPSessionPool

extension OptionType where Value == PoolSettings.Secret {
    /// A token or password: never by value in a file that people share.
    static var secret: OptionType {
        OptionType(
            name: "secret",
            limits: "",
            isSecret: true,
            read: { node in
                guard !node.origin.isFile else {
                    return exposed("must not be written in a settings file")
                }
                guard let text = node.string, !text.isEmpty else { return hidden("must be a string that is not empty") }
                guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
                    return hidden("must not contain control characters")
                }
                return .success(PoolSettings.Secret(text))
            },
            show: { .secret($0) }
        )
    }

    /// An address that may hold credentials, and then does not stand in a file that people share.
    static func address(schemes: [String]) -> OptionType {
        OptionType(
            name: "URL",
            limits: schemes.joined(separator: ", "),
            isSecret: true,
            read: { address($0, schemes: schemes, rule: "must be a URL that begins with \(beginnings(schemes))") },
            show: { .address($0) }
        )
    }

    private static func hidden(_ rule: String) -> Result<Value, Mismatches> {
        .failure(Mismatches([Mismatch(rule: rule, isHidden: true)]))
    }

    private static func exposed(_ rule: String) -> Result<Value, Mismatches> {
        .failure(Mismatches([Mismatch(rule: rule, isHidden: true, isExposed: true)]))
    }

    fileprivate static func beginnings(_ schemes: [String]) -> String {
        schemes.map { $0 + "://" }.joined(separator: ", ")
    }

    /// Reads an address; `schemes` are those that it may have, the first one when it has none.
    fileprivate static func address(
        _ node: SettingsNode,
        schemes: [String],
        rule: String
    ) -> Result<Value, Mismatches> {
        guard let text = node.string, !text.isEmpty else { return .wrong(rule) }
        if node.origin.isFile, text.hasCredentials {
            return exposed("must not hold a user name or password in a settings file")
        }
        let whole = text.contains("://") ? text : "\(schemes.first ?? "")://\(text)"
        guard let url = try? CurlURL(whole), !url.host.isEmpty, schemes.contains(url.scheme) else {
            return .wrong(rule)
        }
        return .success(PoolSettings.Secret(text))
    }
}

extension OptionType where Value == PoolSettings.Proxy {
    /// The word `environment`, the word `none`, or an address.
    static var proxy: OptionType {
        typealias Address = OptionType<PoolSettings.Secret>
        let schemes = ["http", "https", "socks5h", "socks5", "socks4a", "socks4"]
        return OptionType(
            name: "URL",
            limits: "environment, none, or " + schemes.joined(separator: ", "),
            isSecret: true,
            read: { node in
                switch node.string?.lowercased() {
                case "environment": .success(.environment)
                case "none": .success(.none)
                default:
                    Address.address(
                        node,
                        schemes: schemes,
                        rule:
                            "must be \"environment\", \"none\" or a URL that begins with \(Address.beginnings(schemes))"
                    )
                    .map { .url($0) }
                }
            },
            show: { proxy in
                switch proxy {
                case .environment: .text("environment")
                case .none: .text("none")
                case .url(let address): .address(address)
                }
            }
        )
    }
}

extension OptionType where Value == PoolSettings.HedgeDelay {
    /// A percentile such as `p95`, or a time.
    static var hedgeDelay: OptionType {
        let duration = OptionType<Duration>.duration(.milliseconds(1))
        return OptionType(
            name: "seconds",
            limits: "p50...p99 or >= 0.001",
            read: { node in
                if let text = node.string?.lowercased(), text.hasPrefix("p") {
                    guard let percent = Int(text.dropFirst()), (50...99).contains(percent) else {
                        return .wrong("must be from \"p50\" to \"p99\", or a time")
                    }
                    return .success(.percentile(percent))
                }
                return duration.read(node).map { .after($0) }
            },
            show: { delay in
                switch delay {
                case .percentile(let percent): .text("p\(percent)")
                case .after(let time): .duration(time)
                }
            }
        )
    }
}

extension OptionType where Value == [PoolSettings.Region] {
    /// Tables with a name, a URL, and perhaps a priority and a weight; JSON in a variable.
    static var regions: OptionType {
        OptionType(
            name: "tables",
            limits: "name, url, priority, weight",
            read: { node in
                list(node, "must be a list of tables with name and url") { RegionReader.read($0) }
            },
            show: { regions in
                .list(
                    regions.map { region in
                        .table([
                            PoolSettings.Field("name", .text(region.name)),
                            PoolSettings.Field("url", .text(region.url)),
                            PoolSettings.Field("priority", .integer(region.priority)),
                            PoolSettings.Field("weight", .integer(region.weight)),
                        ])
                    }
                )
            }
        )
    }
}

/// Reads one region.
private enum RegionReader {
    static func read(_ node: SettingsNode) -> Result<PoolSettings.Region, Mismatches> {
        guard case .table(let members) = node.content else { return .wrong("must be a table with name and url") }
        var region = PoolSettings.Region(name: "", url: "")
        var wrong: [Mismatch] = []
        func set<Value>(_ field: SettingsNode.Member, _ type: OptionType<Value>, _ apply: (Value) -> Void) {
            switch type.read(field.node) {
            case .success(let value): apply(value)
            case .failure(let mismatches):
                wrong += mismatches.list.map {
                    Mismatch(
                        rule: $0.rule,
                        hint: $0.hint,
                        part: Mismatch.Part(path: "." + field.key, node: field.node)
                    )
                }
            }
        }
        for field in members {
            switch field.key {
            case "name": set(field, .text) { region.name = $0 }
            case "url": set(field, .baseURL) { region.url = $0 }
            case "priority": set(field, .integer(0...1_000)) { region.priority = $0 }
            case "weight": set(field, .integer(1...1_000)) { region.weight = $0 }
            default:
                let known = Spelling.nearest(to: field.key, of: ["name", "url", "priority", "weight"])
                wrong.append(
                    Mismatch(
                        rule: "unknown key",
                        hint: known.map { "did you mean \($0.quoted)?" },
                        part: Mismatch.Part(path: "." + field.key, node: nil, origin: field.keyOrigin)
                    )
                )
            }
        }
        for key in ["name", "url"] where !members.contains(where: { $0.key == key }) {
            wrong.append(
                Mismatch(rule: "is missing", part: Mismatch.Part(path: "." + key, node: nil, origin: node.origin))
            )
        }
        return wrong.isEmpty ? .success(region) : .failure(Mismatches(wrong))
    }
}

extension OptionType where Value == String {
    /// The address of a service, as the pool takes it.
    fileprivate static var baseURL: OptionType {
        OptionType(
            name: "URL",
            limits: "http, https",
            read: { node in
                let rule = "must be an absolute http or https URL without user name, query and fragment"
                guard let text = node.string, (try? BaseURL(text)) != nil else { return .wrong(rule) }
                return .success(text)
            },
            show: { .text($0) }
        )
    }
}
