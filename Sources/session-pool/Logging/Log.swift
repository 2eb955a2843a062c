internal import CurlTransport
internal import Glibc
internal import PoolServer
internal import PoolSettings
internal import Synchronization

/// The program's log: text on a terminal, a JSON object per line for everybody else.
///
/// Who writes is never held up, and may be an event loop: a thread of the log's own writes, in order. When so many lines
/// wait there that nobody seems to read them, further ones are dropped, and the next one that is taken says how many.
final class Log: Sendable {
    typealias Level = PoolSettings.LogLevel

    /// What nobody has read yet.
    private struct Backlog {
        var lines = 0
        var dropped = 0
    }

    /// Lines that wait to be written at most.
    private static let mostLines = 1_000

    /// A name and a value that belong to a message; names are OpenTelemetry's where it has one.
    struct Field: Sendable {
        let name: String
        let value: JSON

        init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }

        init(_ name: String, _ value: String) { self.init(name, .string(value)) }
        init(_ name: String, _ value: Int) { self.init(name, .integer(value)) }
        init(_ name: String, _ value: Bool) { self.init(name, .bool(value)) }
        /// In milliseconds, to the microsecond.
        init(_ name: String, _ value: Duration) { self.init(name, .number(value.milliseconds.rounded(digits: 3))) }
    }

    private let isTerminal: Bool
    private let threshold: Atomic<Int>
    private let requests: Atomic<Bool>
    private let backlog = Locked(Backlog())
    /// Not the sessions' loop: this one may block.
    private let thread: CurlEventLoop
    /// Logs whose thread waits for a reader who has stopped to read: joining it would take for ever.
    private static let abandoned = Locked<[Log]>([])

    /// Creates a log on standard error.
    ///
    /// - Parameters:
    ///   - level: The least level that is written.
    ///   - logsRequests: Whether every request is a line at `info` level, or above when it failed.
    /// - Throws: ``CommandFailure`` when there is no thread for it.
    init(level: Level, logsRequests: Bool) throws(CommandFailure) {
        do throws(CurlEventLoopError) {
            thread = try CurlEventLoop(name: "log")
        } catch {
            throw CommandFailure(.failure, "the log has no thread: \(error)")
        }
        isTerminal = Console.isErrorTerminal
        threshold = Atomic(Self.rank(level))
        requests = Atomic(logsRequests)
    }

    /// Whether every request is logged.
    var logsRequests: Bool { requests.load(ordering: .relaxed) }

    /// Lets other settings count from the next line on.
    func update(level: Level, logsRequests: Bool) {
        threshold.store(Self.rank(level), ordering: .relaxed)
        requests.store(logsRequests, ordering: .relaxed)
    }

    /// Whether a line of this level is written.
    func isEnabled(_ level: Level) -> Bool { Self.rank(level) >= threshold.load(ordering: .relaxed) }

    /// Writes a line, if its level is written at all.
    ///
    /// - Parameters:
    ///   - level: The level.
    ///   - message: What has happened; the same words whenever it does.
    ///   - fields: What belongs to it; not asked for when the line is not written.
    func write(_ level: Level, _ message: String, _ fields: @autoclosure () -> [Field] = []) {
        if isEnabled(level) { answer(level, message, fields()) }
    }

    /// Writes a line whatever its level: the answer to what somebody has asked for.
    func answer(_ level: Level, _ message: String, _ fields: [Field] = []) {
        let time = Self.now
        backlog.withLock { backlog in
            guard backlog.lines < Self.mostLines else {
                backlog.dropped += 1
                return
            }
            // Under the lock, so that lines stand in the order in which they were made.
            enqueueDropped(time, &backlog)
            enqueue(time, level, message, fields, &backlog)
        }
    }

    /// Waits until everything is written, for a second at most: a reader may have stopped to read.
    func flush() async {
        let time = Self.now
        backlog.withLock { enqueueDropped(time, &$0) }
        let end = ContinuousClock.now + .seconds(1)
        while backlog.withLock({ $0.lines }) > 0 {
            guard ContinuousClock.now < end else { return Self.abandoned.withLock { $0.append(self) } }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private func enqueueDropped(_ time: Int64, _ backlog: inout Backlog) {
        guard backlog.dropped > 0 else { return }
        enqueue(
            time,
            .warning,
            "lines of the log were dropped",
            [Field("dropped_lines", backlog.dropped)],
            &backlog
        )
        backlog.dropped = 0
    }

    private func enqueue(
        _ time: Int64,
        _ level: Level,
        _ message: String,
        _ fields: [Field],
        _ backlog: inout Backlog
    ) {
        backlog.lines += 1
        thread.submit { [self] in
            Console.note(line(time, level, message, fields))
            self.backlog.withLock { $0.lines -= 1 }
        }
    }

    private func line(_ wallTime: Int64, _ level: Level, _ message: String, _ fields: [Field]) -> String {
        let time = Timestamp.text(wallTime, showsMilliseconds: true)
        guard isTerminal else {
            let members: [(String, JSON)] = [
                ("time", .string(time)), ("level", .string(level.rawValue)), ("message", .string(message)),
            ]
            let object = JSON.object(members + fields.map { ($0.name, $0.value) })
            return String(decoding: object.bytes, as: UTF8.self) + "\n"
        }
        let words = fields.map { "  \($0.name)=\(Self.text($0.value))" }
        return "\(time)  \(level.rawValue.padded(to: 8))  \(message)\(words.joined())\n"
    }

    /// A text stands there as it is when it is one word.
    private static func text(_ value: JSON) -> String {
        guard case .string(let word) = value, !word.isEmpty, word.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x22 }) else {
            return String(decoding: value.bytes, as: UTF8.self)
        }
        return word
    }

    /// In nanoseconds since 1970; made a text by the log's thread.
    private static var now: Int64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    private static let levels = Level.allCases

    /// Asked at every event of the pool, whether it is written or not: a look through seven bytes, and no hashing.
    private static func rank(_ level: Level) -> Int { levels.firstIndex(of: level) ?? 0 }
}
