import Glibc

/// What the program was started with; `Scripts/chaos` is its only caller.
struct Options: Sendable {
    var seconds = 60
    var callers = 200
    var seed: UInt64 = 1
    /// The kinds of servers, and the faults, that are wanted; empty: all.
    var only: Set<String> = []
    var faults: Set<String> = []
    /// The root certificate of the servers.
    var certificate = ""
    /// The servers' URLs by the name of their group.
    var servers: [String: String] = [:]

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Misuse(description: "\(option) needs a value") }
            switch option {
            case "--seconds": seconds = try Self.number(option, value)
            case "--callers": callers = try Self.number(option, value)
            case "--seed": seed = UInt64(try Self.number(option, value))
            case "--only": only = Self.words(value)
            case "--faults": faults = Self.words(value)
            case "--certificate": certificate = value
            case "--server":
                let parts = value.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2 else { throw Misuse(description: "--server NAME=URL, not \(value)") }
                servers[parts[0]] = parts[1]
            default: throw Misuse(description: "unknown option \(option)")
            }
        }
    }

    private static func number(_ option: String, _ value: String) throws -> Int {
        guard let number = Int(value), number >= 0 else {
            throw Misuse(description: "\(option): \(value) is no number")
        }
        return number
    }

    private static func words(_ value: String) -> Set<String> {
        Set(value.split(separator: ",").map(String.init))
    }
}

/// The program was called wrongly.
struct Misuse: Error, CustomStringConvertible {
    let description: String
}

/// A small seeded random generator: the same seed gives the same walk on every machine.
struct SplitMix64: Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// A number in `0..<bound`.
    mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// True `percent` times out of a hundred.
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}

/// The clock that the servers stamp their answers with, in nanoseconds.
func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
