/// A resource that has something to give back when a ``ResourcePool`` lets it go.
public protocol Closeable: Sendable {
    /// Ends the resource; nobody uses it any more.
    ///
    /// The pool calls it once, and not while somebody uses the resource, unless its holder has let go of the lease without
    /// giving it back. Its place in the pool is free when this returns, at the latest after
    /// ``ResourcePoolConfiguration/closeTimeout``.
    ///
    /// - Throws: Whatever kept it from ending in order; the pool counts it and lets the resource go all the same.
    func close() async throws
}
