/// A dictionary that keeps the entries made last: what a simulator that runs for days remembers of its callers.
struct RecentEntries<Value: Sendable>: Sendable {
    private let capacity: Int
    private var values: [String: Value] = [:]
    /// The keys in the order of their making, round and round.
    private var keys: [String] = []
    private var oldest = 0

    /// An empty dictionary.
    ///
    /// - Parameter capacity: How many entries are kept, at least 1.
    init(capacity: Int = 4_096) {
        self.capacity = max(1, capacity)
    }

    /// The value of a key, if it has one still.
    ///
    /// A new one may cost the oldest its place.
    subscript(key: String) -> Value? {
        get { values[key] }
        set {
            guard let newValue else { return }
            if values.updateValue(newValue, forKey: key) != nil { return }
            guard keys.count == capacity else { return keys.append(key) }
            values[keys[oldest]] = nil
            keys[oldest] = key
            oldest = (oldest + 1) % capacity
        }
    }
}
