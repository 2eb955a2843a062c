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
}
