/// The two ways in which metrics are written.
enum MetricsFormat: CaseIterable, Sendable {
    /// Prometheus' text format 0.0.4.
    case prometheus
    /// OpenMetrics 1.0.0.
    case openMetrics

    var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// The formats as types, in the order of the cases: of equally good ones the first is taken.
    static let offers = [
        AcceptedTypes.Offer(type: "text", subtype: "plain", versions: ["0.0.4"]),
        AcceptedTypes.Offer(type: "application", subtype: "openmetrics-text", versions: ["1.0.0", "0.0.1"]),
    ]

    /// The text in UTF-8, every line ended.
    func body(_ families: [MetricFamily]) -> [UInt8] {
        var text = ""
        for family in families where !family.samples.isEmpty { write(family, to: &text) }
        if self == .openMetrics { text += "# EOF\n" }
        return Array(text.utf8)
    }

    private func write(_ family: MetricFamily, to text: inout String) {
        // OpenMetrics names a family without the suffix of its samples, Prometheus with it.
        let suffix =
            switch family.kind {
            case .counter: "_total"
            case .info: "_info"
            case .gauge, .histogram: ""
            }
        let isOpen = self == .openMetrics
        let name = isOpen ? family.name : family.name + suffix
        let kind = family.kind == .info && !isOpen ? "gauge" : family.kind.rawValue
        text += "# HELP \(name) \(Self.escaped(family.help, quotes: isOpen))\n# TYPE \(name) \(kind)\n"
        if isOpen, let unit = family.unit { text += "# UNIT \(name) \(unit)\n" }
        for sample in family.samples {
            switch sample.value {
            case .number(let value): Self.line(family.name + suffix, sample.labels, Self.number(value), to: &text)
            case .histogram(let buckets, let count, let sum):
                for bucket in buckets {
                    let labels = sample.labels + [("le", Self.number(bucket.bound))]
                    Self.line(family.name + "_bucket", labels, String(bucket.count), to: &text)
                }
                Self.line(family.name + "_bucket", sample.labels + [("le", "+Inf")], String(count), to: &text)
                Self.line(family.name + "_sum", sample.labels, Self.number(sum), to: &text)
                Self.line(family.name + "_count", sample.labels, String(count), to: &text)
            }
        }
    }

    private static func line(
        _ name: String,
        _ labels: [(name: String, value: String)],
        _ value: String,
        to text: inout String
    ) {
        text += name
        if !labels.isEmpty {
            text += "{"
            for (index, label) in labels.enumerated() {
                if index > 0 { text += "," }
                text += "\(label.name)=\"\(escaped(label.value, quotes: true))\""
            }
            text += "}"
        }
        text += " \(value)\n"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// Whole numbers end in `.0`, as OpenMetrics wants bounds to be written.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        return value.isFinite ? "\(value)" : value < 0 ? "-Inf" : "+Inf"
    }
}
