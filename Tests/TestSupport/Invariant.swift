/// An invariant that a random walk found broken: what was expected, and where.
package struct InvariantBroken: Error, CustomStringConvertible {
    /// What should have been true, and the step at which it was not.
    package let description: String
}

/// Throws unless `condition` holds.
///
/// `#expect` captures its operands at every call, which makes a walk of a million steps take minutes; this costs a
/// branch, and the thrown error together with the seed (the test's argument) says as much.
@inline(__always)
package func invariant(
    _ condition: Bool,
    _ message: @autoclosure () -> String,
    file: StaticString = #fileID,
    line: UInt = #line
) throws {
    guard !condition else { return }
    throw InvariantBroken(description: "\(message()) (\(file):\(line))")
}
