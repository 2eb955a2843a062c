/// Which requests meet which faults.
public struct SimulatorFaultRule: Hashable, Sendable {
    /// What happens to a request that matches.
    public var faults: SimulatorFaults
    /// The provider whose requests match; nil for all.
    public var provider: SimulatorProvider?
    /// The path must contain this text, such as `/chat/completions`; nil for all.
    public var path: String?
    /// So many matching requests pass untouched first.
    public var skip: Int
    /// Of the others, as far as no rule before this one has hit them, only every so-manieth is hit: 1 hits all, 100 the
    /// hundredth, the two hundredth and so on.
    public var every: Int
    /// So many requests are hit, then the rule is spent; nil for no end.
    public var count: Int?

    /// Creates a rule; without conditions it hits every request.
    public init(
        _ faults: SimulatorFaults,
        provider: SimulatorProvider? = nil,
        path: String? = nil,
        skip: Int = 0,
        every: Int = 1,
        count: Int? = nil
    ) {
        self.faults = faults
        self.provider = provider
        self.path = path
        self.skip = skip
        self.every = every
        self.count = count
    }
}

/// The rules in force: the first that matches and is not spent decides, rules are never combined.
struct FaultBook: Sendable {
    private var rules: [SimulatorFaultRule]
    /// For each rule the requests that it let pass since the last one it hit.
    private var passed: [Int]

    init(_ rules: [SimulatorFaultRule]) {
        self.rules = rules
        passed = Array(repeating: 0, count: rules.count)
    }

    /// The faults of a request, counted against its rule.
    mutating func faults(for provider: SimulatorProvider, path: String) -> SimulatorFaults {
        for index in rules.indices {
            guard rules[index].provider == nil || rules[index].provider == provider,
                rules[index].path.map(path.contains) ?? true,
                rules[index].count != 0
            else { continue }
            if rules[index].skip > 0 {
                rules[index].skip -= 1
                continue
            }
            passed[index] += 1
            guard passed[index] >= rules[index].every else { continue }
            passed[index] = 0
            if let count = rules[index].count { rules[index].count = count - 1 }
            return rules[index].faults
        }
        return SimulatorFaults()
    }
}
