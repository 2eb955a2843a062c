/// A resource as the table knows it: without its type, so that all pools share one compiled machine.
protocol ResourceHolder: AnyObject, Sendable {
    /// The resource, if it can be pinged.
    var pingable: (any Pingable)? { get }
    /// The resource, if it has something to close.
    var closeable: (any Closeable)? { get }
}

/// A resource with its type.
final class TypedHolder<Resource: Sendable>: ResourceHolder {
    let resource: Resource
    // Asked once: a dynamic cast costs more than handing out.
    let pingable: (any Pingable)?
    let closeable: (any Closeable)?

    init(_ resource: Resource) {
        self.resource = resource
        pingable = resource as? any Pingable
        closeable = resource as? any Closeable
    }
}

extension ResourceTraits {
    init(_ holder: any ResourceHolder) {
        self = []
        if holder.pingable != nil { insert(.pingable) }
        if holder.closeable != nil { insert(.closeable) }
    }
}
