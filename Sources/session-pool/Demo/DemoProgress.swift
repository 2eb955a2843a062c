internal import CurlTransport
internal import Synchronization

/// Counts chats, and shows the count on standard error when a person is there to see it.
final class DemoProgress: Sendable {
    private let title: String
    private let total: Int
    private let isShown: Bool
    private let done = Locked(0)

    init(_ title: String, total: Int) {
        self.title = title
        self.total = total
        isShown = Console.isErrorTerminal
    }

    /// One more is done.
    func advance() {
        // Under the lock, so that a smaller number is never written after a larger one.
        done.withLock { done in
            done += 1
            guard isShown, done % 5 == 0 || done == total else { return }
            Console.note("\r\(title): \(done)/\(total) chats")
        }
    }

    /// Clears the line.
    func finish() {
        if isShown { Console.note("\r\u{1B}[K") }
    }
}
