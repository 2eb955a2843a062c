/// Reads metrics by the letter of their format, and says what is wrong: what promtool and Prometheus let pass too.
struct MetricsText {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    struct Sample {
        let name: String
        let labels: [(name: String, value: String)]
        let value: Double

        func label(_ name: String) -> String? { labels.first { $0.name == name }?.value }
    }

    /// The names of the families, in their order.
    private(set) var families: [String] = []
    private(set) var samples: [Sample] = []
    private var types: [String: String] = [:]
    private var helps: Set<String> = []
    private var seen: Set<String> = []
    private var closed: Set<String> = []

    /// Reads a whole exposition.
    init(_ text: String, isOpenMetrics: Bool) throws {
        guard text.hasSuffix("\n"), !text.contains("\r") else { throw Problem(description: "line ends") }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        if isOpenMetrics {
            guard lines.popLast() == "# EOF" else { throw Problem(description: "no # EOF at the end") }
        }
        for line in lines { try read(String(line), isOpenMetrics: isOpenMetrics) }
        try checkHistograms()
    }

    private mutating func read(_ line: String, isOpenMetrics: Bool) throws {
        guard line.hasPrefix("# ") else { return try readSample(line) }
        let parts = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard parts.count == 4 else { throw Problem(description: "an empty comment: \(line)") }
        let name = parts[2]
        switch parts[1] {
        case "HELP":
            guard helps.insert(name).inserted else { throw Problem(description: "two HELP of \(name)") }
            if let last = families.last { closed.insert(last) }
            families.append(name)
        case "TYPE":
            guard types.updateValue(parts[3], forKey: name) == nil, families.last == name else {
                throw Problem(description: "TYPE of \(name) is not after its HELP")
            }
            guard isOpenMetrics || parts[3] != "counter" || name.hasSuffix("_total") else {
                throw Problem(description: "a counter without _total: \(name)")
            }
        case "UNIT":
            guard isOpenMetrics, families.last == name, name.hasSuffix("_" + parts[3]) else {
                throw Problem(description: "UNIT of \(name)")
            }
        default: throw Problem(description: "an unknown comment: \(line)")
        }
    }

    private mutating func readSample(_ line: String) throws {
        guard let space = line.lastIndex(of: " "), let value = Self.number(String(line[line.index(after: space)...]))
        else { throw Problem(description: "no number: \(line)") }
        let series = String(line[..<space])
        guard seen.insert(series).inserted else { throw Problem(description: "twice: \(series)") }
        let name = String(series.prefix { $0 != "{" })
        let family = families.last ?? ""
        guard Self.suffixes.contains(where: { name == family + $0 }), types[family] != nil, !closed.contains(family)
        else {
            throw Problem(description: "\(name) stands in the group of \(family)")
        }
        var labels: [(name: String, value: String)] = []
        if let brace = series.firstIndex(of: "{") { labels = try Self.labels(String(series[brace...])) }
        guard Set(labels.map(\.name)).count == labels.count else {
            throw Problem(description: "a label twice: \(line)")
        }
        guard !value.isNaN else { throw Problem(description: "no number: \(line)") }
        samples.append(Sample(name: name, labels: labels, value: value))
    }

    private static let suffixes = ["", "_total", "_info", "_bucket", "_sum", "_count"]

    private static func number(_ text: String) -> Double? { text == "+Inf" ? .infinity : Double(text) }

    private static func labels(_ text: String) throws -> [(name: String, value: String)] {
        let problem = Problem(description: "labels: \(text)")
        var labels: [(name: String, value: String)] = []
        var rest = text.dropFirst()
        while true {
            let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
            rest = rest.dropFirst(name.count)
            guard !name.isEmpty, rest.hasPrefix("=\"") else { throw problem }
            rest = rest.dropFirst(2)
            var value = ""
            while let next = rest.popFirst(), next != "\"" {
                guard next == "\\" else {
                    value.append(next)
                    continue
                }
                switch rest.popFirst() {
                case "n": value += "\n"
                case "\\": value += "\\"
                case "\"": value += "\""
                default: throw problem
                }
            }
            labels.append((name, value))
            guard let end = rest.popFirst() else { throw problem }
            if end == "}" { return labels }
            guard end == "," else { throw problem }
        }
    }

    /// Buckets ascend, do not shrink, end at +Inf with the count, and have a sum.
    private func checkHistograms() throws {
        for (family, type) in types where type == "histogram" {
            var last: [String: (bound: Double, count: Double)] = [:]
            for sample in samples where sample.name == family + "_bucket" {
                let key = Self.key(sample)
                guard let bound = sample.label("le").flatMap(Self.number) else {
                    throw Problem(description: "le of \(key)")
                }
                if let before = last[key], bound <= before.bound || sample.value < before.count {
                    throw Problem(description: "buckets of \(family) \(key)")
                }
                last[key] = (bound, sample.value)
            }
            for sample in samples where sample.name == family + "_count" {
                guard let end = last[Self.key(sample)], end.bound == .infinity, end.count == sample.value,
                    samples.contains(where: { $0.name == family + "_sum" && Self.key($0) == Self.key(sample) })
                else { throw Problem(description: "count or sum of \(family) \(Self.key(sample))") }
            }
        }
    }

    private static func key(_ sample: Sample) -> String {
        sample.labels.filter { $0.name != "le" }.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    }

    /// The value of the one series with these labels, among others.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = samples.filter { sample in
            sample.name == name && labels.allSatisfy { sample.label($0.key) == $0.value }
        }
        return found.count == 1 ? found.first?.value : nil
    }
}
