import CTestSupport
import Foundation
import Glibc

/// A child process of a test: its output can be awaited, and it never outlives the test process.
///
/// A thread of its own starts the child, reads its output and reaps it. The child is started through `setpriv` with a
/// death signal, so that the kernel ends it even when the test process crashes, and with no descriptor of the parent:
/// an inherited socket would keep connections alive that the parent has closed.
package final class ChildProcess: Sendable {
    /// What is known of the child at one moment.
    package struct Progress: Sendable, CustomStringConvertible {
        /// The complete lines of standard output and standard error, in the order of arrival.
        package var lines: [String] = []
        /// What came after the last line end.
        var rest: [UInt8] = []
        var processID: pid_t?
        var spawnError: Int32?
        /// The exit status, or 128 + the number of the signal; nil while it runs.
        package var exitStatus: Int32?

        package var description: String {
            "exit status \(exitStatus.map(String.init) ?? "none"), last lines: \(lines.suffix(20))"
        }
    }

    package let name: String
    private let observed = Observed(Progress())

    private init(name: String) {
        self.name = name
    }

    /// Starts a program that `Command.find` finds, with the environment of this process and more.
    package static func start(
        _ name: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> ChildProcess {
        let guardian = ["--pdeathsig", "KILL", "--"]
        let command = [try Command.find("setpriv")] + guardian + [try Command.find(name)] + arguments
        let merged = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let child = ChildProcess(name: name)
        Thread.start("child-\(name)") { child.run(command, environment: merged.map { "\($0)=\($1)" }) }
        let started = try await child.observed.wait("\(name) starts") { $0.processID != nil || $0.spawnError != nil }
        if let code = started.spawnError { throw SystemCallFailed(call: "spawn \(name)", code: code) }
        return child
    }

    /// Everything printed until now.
    package var output: String {
        let progress = observed.value
        return (progress.lines + [String(decoding: progress.rest, as: UTF8.self)]).joined(separator: "\n")
    }

    /// The complete lines printed until now.
    package var lines: [String] { observed.value.lines }

    /// Waits until the output meets a condition.
    ///
    /// - Throws: `ConditionNotMet` when it does not, also when the child ends before.
    @discardableResult
    package func wait(
        _ what: String,
        until condition: @escaping @Sendable (_ lines: [String]) -> Bool
    ) async throws -> [String] {
        let progress = try await observed.wait("\(name): \(what)") { $0.exitStatus != nil || condition($0.lines) }
        guard condition(progress.lines) else {
            throw ConditionNotMet(what: "\(name): \(what)", limit: .zero, lastState: "\(progress)")
        }
        return progress.lines
    }

    /// Waits until a text was printed, with or without a line end after it.
    package func waitForOutput(_ text: String) async throws {
        try await observed.wait("\(name) prints \(text)") { progress in
            progress.lines.contains { $0.contains(text) }
                || String(decoding: progress.rest, as: UTF8.self).contains(text)
        }
    }

    /// Waits until a port accepts connections.
    package func waitUntilListening(_ port: UInt16) async throws {
        while !ReservedPort.isListening(port) {
            let progress = observed.value
            if progress.exitStatus != nil {
                throw ConditionNotMet(what: "\(name) listens at \(port)", limit: .zero, lastState: "\(progress)")
            }
            // The kernel has no event for "somebody began to listen".
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Waits for the end; returns the exit status, or 128 + the number of the signal.
    @discardableResult
    package func waitForExit() async throws -> Int32 {
        try await observed.wait("\(name) ends") { $0.exitStatus != nil }.exitStatus ?? -1
    }

    /// Sends a signal, unless the child has ended.
    package func signal(_ number: Int32) {
        observed.update { progress in
            // Under the same lock that records the end, and a zombie keeps its id until then.
            if progress.exitStatus == nil, let id = progress.processID { kill(id, number) }
        }
    }

    /// Ends the child and waits for its end.
    package func terminate(_ number: Int32 = SIGTERM) async throws {
        signal(number)
        try await waitForExit()
    }

    // MARK: The child's thread

    private func run(_ command: [String], environment: [String]) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            let code = errno
            observed.update { $0.spawnError = code }
            return
        }
        let (readEnd, writeEnd) = (ends[0], ends[1])
        _ = fcntl(readEnd, F_SETFD, FD_CLOEXEC)
        _ = fcntl(writeEnd, F_SETFD, FD_CLOEXEC)
        let (id, code) = Self.spawn(command, environment: environment, output: writeEnd)
        close(writeEnd)
        defer { close(readEnd) }
        guard code == 0 else {
            observed.update { $0.spawnError = code }
            return
        }
        observed.update { $0.processID = id }
        readLines(from: readEnd)
        // The id is kept as a zombie until the end is recorded, so that no signal can meet a stranger.
        var information = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) < 0 && errno == EINTR {}
        observed.update { progress in
            var status: Int32 = 0
            while unsafe waitpid(id, &status, 0) < 0 && errno == EINTR {}
            let signal = status & 0x7f
            progress.exitStatus = signal == 0 ? (status >> 8) & 0xff : 128 + signal
        }
    }

    private func readLines(from descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            let bytes = Array(buffer[..<count])
            observed.update { progress in
                progress.rest += bytes
                while let end = progress.rest.firstIndex(of: 10) {
                    progress.lines.append(String(decoding: progress.rest[..<end], as: UTF8.self))
                    progress.rest.removeFirst(end + 1)
                }
            }
        }
    }

    private static func spawn(_ command: [String], environment: [String], output: Int32) -> (pid_t, Int32) {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 2)
        unsafe ctest_spawn_close_from(&actions, 3)
        // The threads of a concurrent program block most signals, and a child would inherit that.
        var attributes = posix_spawnattr_t()
        var noSignals = sigset_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe sigemptyset(&noSignals)
        unsafe posix_spawnattr_setsigmask(&attributes, &noSignals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments = unsafe command.map { unsafe strdup($0) } + [nil]
        var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (arguments + variables).forEach { unsafe free($0) } }
        var id: pid_t = 0
        let code = unsafe posix_spawn(&id, command[0], &actions, &attributes, &arguments, &variables)
        return (id, code)
    }
}
