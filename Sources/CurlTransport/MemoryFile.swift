internal import CLinux
internal import Glibc

/// A file that exists in memory only and goes with its owner: nobody else can write, replace or delete it.
package final class MemoryFile: Sendable {
    private let descriptor: Int32

    /// Makes a file with this content.
    ///
    /// - Parameters:
    ///   - bytes: The content.
    ///   - name: What the file is called in the process's list of descriptors.
    /// - Throws: ``SystemFile/Failure`` when the system has no descriptor or memory for it.
    package init(_ bytes: [UInt8], name: String) throws(SystemFile.Failure) {
        let descriptor = unsafe name.withCString { unsafe clinux_memory_file($0) }
        guard descriptor >= 0 else { throw SystemFile.Failure(path: name, code: errno) }
        let code = unsafe bytes.withUnsafeBytes { unsafe SystemFile.write(descriptor, all: $0) }
        guard code == 0 else {
            close(descriptor)
            throw SystemFile.Failure(path: name, code: code)
        }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Where the file can be opened by its process, for as long as its owner lives.
    package var path: String { "/proc/self/fd/\(descriptor)" }
}
