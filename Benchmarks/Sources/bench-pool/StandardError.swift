internal import Glibc

/// Writes to standard error without a buffer.
struct StandardError: TextOutputStream, Sendable {
    mutating func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(2, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}

/// The standard error of a program.
var standardError: StandardError {
    get { StandardError() }
    set {}
}
