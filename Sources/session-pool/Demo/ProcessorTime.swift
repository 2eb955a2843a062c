internal import Glibc

/// The processor time that this process has used.
enum ProcessorTime {
    /// User and system time of all threads.
    static var now: Duration {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return .zero }
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
