/// A key, token or password that never shows in a text.
///
/// Printing, interpolating, dumping or reflecting it gives `***`; only ``reveal()`` hands out the value, so every place
/// that uses it can be found by one search.
public struct Secret: Sendable, Hashable, ExpressibleByStringLiteral {
    private let value: String

    /// Wraps a value.
    public init(_ value: String) {
        self.value = value
    }

    /// Wraps a literal, as tests and examples need; do not keep real keys in source code.
    public init(stringLiteral value: String) {
        self.value = value
    }

    /// The value itself, to be put into a header or a body.
    public func reveal() -> String { value }

    /// Whether there is nothing in it.
    public var isEmpty: Bool { value.isEmpty }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `***`.
    public var description: String { "***" }
    /// Always `***`.
    public var debugDescription: String { "***" }
    /// A mirror without children: `dump` shows nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
