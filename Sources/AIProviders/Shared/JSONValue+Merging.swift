extension [String: JSONValue] {
    /// Takes the fields that a request gives for the wire: a given field wins over one of ours.
    ///
    /// Of those in `joined` only what is given wins: an object keeps the other members that are ours, and a list is added to
    /// ours. An option that is not modelled must not drop the temperature, nor a tool of the server the request's own.
    mutating func merge(_ given: [String: JSONValue], joining joined: Set<String>) {
        for (key, value) in given {
            switch (self[key], value) {
            case (.object(var ours), .object(let theirs)) where joined.contains(key):
                ours.merge(theirs) { _, given in given }
                self[key] = .object(ours)
            case (.array(let ours), .array(let theirs)) where joined.contains(key):
                self[key] = .array(ours + theirs)
            default:
                self[key] = value
            }
        }
    }
}
