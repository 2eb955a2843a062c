internal import Glibc

/// A file that cannot be read.
struct UnreadableFile: Error {
    let path: String
}

/// The bytes of a file.
func readFile(_ path: String) throws -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw UnreadableFile(path: path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw UnreadableFile(path: path) }
        guard count > 0 else { return bytes }
        bytes += buffer[..<count]
    }
}
