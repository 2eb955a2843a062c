internal import FoundationEssentials
internal import Glibc

/// Standard output, standard error and standard input, unbuffered.
enum Console {
    /// Writes to standard output at once.
    ///
    /// - Throws: ``CommandFailure`` when nobody reads it, or it cannot be written.
    static func write(_ text: String) throws(CommandFailure) {
        let code = write(text, to: STDOUT_FILENO)
        guard code != EPIPE else { throw CommandFailure(.brokenPipe, "") }
        guard code == 0 else {
            throw CommandFailure(
                .outputFailed,
                "standard output cannot be written: \(unsafe String(cString: strerror(code)))"
            )
        }
    }

    /// Writes a value to standard output as JSON.
    ///
    /// - Parameters:
    ///   - value: The value.
    ///   - isCompact: One line instead of many.
    /// - Throws: ``CommandFailure``, as ``write(_:)``.
    static func writeJSON(_ value: some Encodable, isCompact: Bool = false) throws(CommandFailure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !isCompact { encoder.outputFormatting.insert(.prettyPrinted) }
        let data: Data
        do {
            data = try encoder.encode(value)
        } catch {
            throw CommandFailure(.failure, "the result cannot be written as JSON: \(error)")
        }
        try write(String(decoding: data, as: UTF8.self) + "\n")
    }

    /// Writes to standard error; there is nobody to tell when that fails.
    static func note(_ text: String) {
        _ = write(text, to: STDERR_FILENO)
    }

    /// Whether a person sees standard error.
    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whether a person types standard input.
    static var isInputTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Whether characters beyond ASCII can be shown, by the locale's variables.
    static var showsUnicode: Bool {
        let environment = ProcessInfo.processInfo.environment
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let name = locale.lowercased()
        return name.hasSuffix("utf-8") || name.hasSuffix("utf8")
    }

    /// Reads standard input to its end.
    ///
    /// - Parameter limit: The most bytes accepted.
    /// - Returns: The text.
    /// - Throws: ``CommandFailure`` when it cannot be read or is too long.
    static func readAll(limit: Int) throws(CommandFailure) -> String {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe read(STDIN_FILENO, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw CommandFailure(
                    .failure,
                    "standard input cannot be read: \(unsafe String(cString: strerror(errno)))"
                )
            }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += piece[..<count]
            guard bytes.count <= limit else {
                throw CommandFailure(.usage, "standard input is longer than \(limit) bytes")
            }
        }
    }

    /// Zero, or the number of the error.
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            rest = rest.dropFirst(count)
        }
        return 0
    }
}
