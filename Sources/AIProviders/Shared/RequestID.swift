internal import FoundationEssentials

/// Ids of our own for requests.
enum RequestID {
    /// A new random UUID (version 4), in lower case.
    static func make() -> String { UUID().uuidString.lowercased() }
}
