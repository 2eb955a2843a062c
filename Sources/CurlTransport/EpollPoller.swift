import CLinux
import Glibc

/// What a descriptor is waited for, or has become ready for.
package struct PollEvents: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Bytes, or the end of the stream, can be read.
    package static let readable = PollEvents(rawValue: 1)
    /// Bytes can be written.
    package static let writable = PollEvents(rawValue: 2)
    /// The peer has closed its side, or the descriptor is broken.
    package static let hungUp = PollEvents(rawValue: 4)
}

/// The kernel's readiness queue, on Linux: epoll, and an eventfd that wakes it.
///
/// This file is all of the event loop that knows the operating system: a kqueue twin needs the same five functions.
@safe
package struct EpollPoller: ~Copyable {
    /// One ready descriptor.
    package struct Event {
        package let descriptor: Int32
        /// The number that the descriptor was registered with: it tells a reused descriptor from its predecessor.
        package let generation: UInt32
        package let events: PollEvents
    }

    private static let capacity = 256

    private let epoll: Int32
    /// Written to by other threads; see ``LoopMailbox``.
    package let wakeDescriptor: Int32
    private let buffer: UnsafeMutablePointer<epoll_event>

    /// Opens the queue.
    ///
    /// - Throws: ``CurlEventLoopError`` with the system's error number, as when descriptors are exhausted.
    package init() throws(CurlEventLoopError) {
        let epoll = epoll_create1(clinux_epoll_cloexec)
        guard epoll >= 0 else { throw CurlEventLoopError(call: "epoll_create1", code: errno) }
        let wake = eventfd(0, clinux_eventfd_flags)
        guard wake >= 0 else {
            let code = errno
            close(epoll)
            throw CurlEventLoopError(call: "eventfd", code: code)
        }
        guard clinux_epoll_control(epoll, EPOLL_CTL_ADD, wake, clinux_epollin, Self.key(wake, 0)) == 0 else {
            let code = errno
            close(wake)
            close(epoll)
            throw CurlEventLoopError(call: "epoll_ctl", code: code)
        }
        self.epoll = epoll
        wakeDescriptor = wake
        unsafe buffer = .allocate(capacity: Self.capacity)
    }

    deinit {
        unsafe buffer.deallocate()
        close(wakeDescriptor)
        close(epoll)
    }

    /// Registers a descriptor; the peer's hang-up is always reported with what is asked for.
    ///
    /// One that is registered already is changed: a registration goes with its file, of which the number says nothing.
    package func add(_ descriptor: Int32, generation: UInt32, for events: PollEvents) -> Bool {
        control(EPOLL_CTL_ADD, descriptor, generation, events)
            || errno == EEXIST && control(EPOLL_CTL_MOD, descriptor, generation, events)
    }

    /// Changes what a registered descriptor is waited for; one whose registration went with its file is registered anew.
    package func modify(_ descriptor: Int32, generation: UInt32, for events: PollEvents) -> Bool {
        control(EPOLL_CTL_MOD, descriptor, generation, events)
            || errno == ENOENT && control(EPOLL_CTL_ADD, descriptor, generation, events)
    }

    /// Takes a descriptor out, before it is closed: a forked child may hold a copy that would go on reporting.
    package func remove(_ descriptor: Int32) {
        _ = clinux_epoll_control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0)
    }

    /// Waits until something is ready or `timeout` milliseconds have passed (-1: no limit), and hands each event over.
    package func wait(milliseconds timeout: Int32, _ body: (Event) -> Void) {
        let count = unsafe epoll_wait(epoll, buffer, Int32(Self.capacity), timeout)
        guard count > 0 else { return }  // a time-out, or EINTR: the loop looks again
        for index in 0..<Int(count) {
            let data = unsafe clinux_epoll_data(buffer + index)
            let descriptor = Int32(truncatingIfNeeded: data & 0xffff_ffff)
            if descriptor == wakeDescriptor {
                drainWake()
            } else {
                body(
                    Event(
                        descriptor: descriptor,
                        generation: UInt32(truncatingIfNeeded: data >> 32),
                        events: Self.events(from: unsafe buffer[index].events)
                    )
                )
            }
        }
    }

    private func drainWake() {
        var count: UInt64 = 0
        _ = unsafe read(wakeDescriptor, &count, MemoryLayout<UInt64>.size)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ generation: UInt32, _ events: PollEvents) -> Bool {
        var mask = clinux_epollrdhup
        if events.contains(.readable) { mask |= clinux_epollin }
        if events.contains(.writable) { mask |= clinux_epollout }
        return clinux_epoll_control(epoll, operation, descriptor, mask, Self.key(descriptor, generation)) == 0
    }

    private static func key(_ descriptor: Int32, _ generation: UInt32) -> UInt64 {
        UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
    }

    private static func events(from mask: UInt32) -> PollEvents {
        var events: PollEvents = []
        if mask & clinux_epollin != 0 { events.insert(.readable) }
        if mask & clinux_epollout != 0 { events.insert(.writable) }
        if mask & (clinux_epollrdhup | clinux_epollhup | clinux_epollerr) != 0 { events.insert(.hungUp) }
        return events
    }
}
