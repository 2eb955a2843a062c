/// A resource that can tell whether it still works.
public protocol Pingable: Sendable {
    /// Asks the other side for a sign of life, at no cost if there is such a way.
    ///
    /// The pool calls it on idle resources only, and gives up after ``ResourcePoolConfiguration/pingTimeout``.
    ///
    /// - Returns: Whether the resource can be used.
    /// - Throws: Anything; it counts as `false`.
    func ping() async throws -> Bool
}
