import CLinux
import Glibc

/// Holds something back until the test lets it go.
///
/// A gate is a descriptor that becomes readable when it is opened and stays so: a server thread can wait for it and
/// for its peer's hang-up at the same time.
package final class Gate: Sendable {
    /// Readable once the gate is open.
    let descriptor: Int32

    package init() {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        precondition(descriptor >= 0, "eventfd failed: \(errno)")
    }

    deinit {
        close(descriptor)
    }

    /// Lets everything through, now and later.
    package func open() {
        eventfd_write(descriptor, 1)
    }
}
