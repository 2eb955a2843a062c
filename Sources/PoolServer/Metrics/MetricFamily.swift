/// A metric with its samples.
struct MetricFamily: Sendable {
    /// What the numbers mean.
    enum Kind: String, Sendable {
        case counter, gauge, histogram, info
    }

    /// The numbers of one set of labels.
    struct Sample: Sendable {
        /// A number, or the buckets of a histogram.
        enum Value: Sendable {
            case number(Double)
            case histogram(buckets: [(bound: Double, count: Int)], count: Int, sum: Double)
        }

        var labels: [(name: String, value: String)]
        var value: Value
    }

    /// The name without the suffixes that a kind adds, such as `_total`; the unit, if there is one, is its end.
    let name: String
    let help: String
    let kind: Kind
    var unit: String?
    var samples: [Sample] = []

    /// A metric with one number for every set of labels.
    static func numbers(
        _ name: String,
        _ kind: Kind,
        _ help: String,
        unit: String? = nil,
        _ samples: [(labels: [(name: String, value: String)], value: Double)]
    ) -> MetricFamily {
        MetricFamily(
            name: name,
            help: help,
            kind: kind,
            unit: unit,
            samples: samples.map { Sample(labels: $0.labels, value: .number($0.value)) }
        )
    }
}
