/// How much the long runs do.
enum Scale {
    /// ThreadSanitizer makes everything some ten times slower, and finds races in short runs as well as in long ones.
    #if THREAD_SANITIZER
        static let percent = 5
    #else
        static let percent = 100
    #endif

    /// A number of steps, scaled down where each is expensive.
    static func steps(_ count: Int) -> Int { max(1, count * percent / 100) }

    /// A number of requests that mostly need a connection each, and so a thread of the server.
    ///
    /// LeakSanitizer wants every thread of a process to have a number of its own (see `.ci/run`), and 50 000 of these
    /// requests use 24 000 of the 32 768 that there may be.
    static func connections(_ count: Int) -> Int {
        #if ADDRESS_SANITIZER
            count / 2
        #else
            steps(count)
        #endif
    }
}
