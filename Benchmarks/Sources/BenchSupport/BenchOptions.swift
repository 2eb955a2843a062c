/// What a benchmark client is asked to do; the contract is in Benchmarks/README.md.
public struct BenchOptions: Sendable {
    /// Arguments that cannot be understood.
    public struct Problem: Error, CustomStringConvertible {
        /// What is wrong.
        public let description: String

        /// Says what is wrong.
        public init(description: String) {
            self.description = description
        }
    }

    /// What kind of work: `load`, `stream`, `cold`, `idle`, or one of the client's own.
    public var command = ""
    /// Where requests go; empty for work without a server.
    public var url = ""
    /// A PEM file with the only certificate to trust.
    public var ca: String?
    /// Whether HTTP/2 is asked for.
    public var http2 = false
    /// Requests in flight, or readers of streams.
    public var concurrency = 1
    /// Seconds of work before the measurement.
    public var warmup = 0.0
    /// Seconds of measurement.
    public var seconds = 1.0
    /// So many requests in place of a time; 0 for a time.
    public var requests = 0
    /// Into so many pieces the measured requests are cut; 0 for none.
    public var windows = 0
    /// Header fields of every request.
    public var headers: [(name: String, value: String)] = []
    /// The file with the body of every request; `nil` sends a `GET`.
    public var bodyFile: String?
    /// The length of a right answer; `nil` for any.
    public var expectedBytes: Int?
    /// Events of a stream.
    public var events = 200
    /// Sessions to keep idle.
    public var sessions = 1
    /// Options that the client understands besides those of the contract, such as `mode`.
    public var own: [String: String] = [:]

    /// Reads the arguments after the program's name.
    ///
    /// - Parameters:
    ///   - arguments: The arguments.
    ///   - ownNames: The options that this client has besides those of the contract, without the dashes.
    /// - Throws: ``Problem`` for an argument that is unknown or has no value.
    public init(_ arguments: some Sequence<String>, own ownNames: Set<String> = []) throws(Problem) {
        var rest = Array(arguments)[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else {
                guard command.isEmpty else { throw Problem(description: "unexpected argument \(argument)") }
                command = argument
                continue
            }
            let name = String(argument.dropFirst(2))
            if name == "http2" {
                http2 = true
                continue
            }
            guard let value = rest.popFirst() else { throw Problem(description: "\(argument) needs a value") }
            if ownNames.contains(name) {
                own[name] = value
            } else {
                try set(name, value)
            }
        }
        guard !command.isEmpty else { throw Problem(description: "what to do is missing: load, stream, cold or idle") }
    }

    private mutating func set(_ name: String, _ value: String) throws(Problem) {
        switch name {
        case "url": url = value
        case "ca": ca = value
        case "body": bodyFile = value
        case "concurrency": concurrency = try Self.number(name, value)
        case "requests": requests = try Self.number(name, value)
        case "windows": windows = try Self.number(name, value)
        case "expect-bytes": expectedBytes = try Self.number(name, value) as Int
        case "events": events = try Self.number(name, value)
        case "sessions": sessions = try Self.number(name, value)
        case "warmup": warmup = try Self.number(name, value)
        case "seconds": seconds = try Self.number(name, value)
        case "header":
            guard let colon = value.firstIndex(of: ":") else {
                throw Problem(description: "no colon in --header \(value)")
            }
            let text = value[value.index(after: colon)...]
            headers.append((String(value[..<colon]), String(text.drop { $0 == " " })))
        default: throw Problem(description: "unknown option --\(name)")
        }
    }

    private static func number<Number: LosslessStringConvertible>(
        _ name: String,
        _ value: String
    ) throws(Problem) -> Number {
        guard let number = Number(value) else { throw Problem(description: "--\(name): '\(value)' is no number") }
        return number
    }
}
