internal import CurlTransport

/// A token in a file, where neither the list of processes nor the environment shows it.
enum TokenFile {
    /// Reads the file's only line.
    ///
    /// - Throws: ``CommandFailure`` when there is none; the message names the file, never what is in it.
    static func read(_ path: String) throws(CommandFailure) -> String {
        let bytes: [UInt8]
        do throws(SystemFile.Failure) {
            bytes = try SystemFile.read(path, limit: 4_096)
        } catch {
            throw CommandFailure(.configuration, "the token cannot be read: \(error.message)")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard lines.count == 1, let line = lines.first else {
            throw CommandFailure(.configuration, "\(path) must hold one line, the token; it holds \(lines.count)")
        }
        return String(line)
    }
}
