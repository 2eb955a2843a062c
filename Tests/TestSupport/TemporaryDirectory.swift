import Foundation
import Glibc

/// A directory that is removed, with all in it, when its last user lets go.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init(_ name: String = "session-pool") throws {
        let parent = FileManager.default.temporaryDirectory.path
        path = "\(parent)/\(name)-\(UUID().uuidString.prefix(8).lowercased())"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
    }

    deinit { Self.remove(path) }

    /// Removes the directory when the process ends: for one that a static property holds.
    package func removeAtExit() {
        Self.leftAtExit.withLock { paths in
            if paths.isEmpty {
                atexit { TemporaryDirectory.leftAtExit.withLock { $0 }.forEach(TemporaryDirectory.remove) }
            }
            paths.append(path)
        }
    }

    private static let leftAtExit = Guarded([String]())

    private static func remove(_ path: String) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            // The files are a few KB of test output; a run that cannot remove them is not a failed run.
            print("cannot remove \(path): \(error)")
        }
    }

    /// The names of what is in the directory.
    package var entries: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path) }
    }

    /// The path of a file in the directory.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and returns its path.
    @discardableResult
    package func write(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: file(name), atomically: false, encoding: .utf8)
        return file(name)
    }

    /// Reads a file of the directory.
    package func read(_ name: String) throws -> [UInt8] {
        // Foundation (6.3.1) leaks its buffer when it reads an empty file.
        let size = try FileManager.default.attributesOfItem(atPath: file(name))[.size] as? Int
        return size == 0 ? [] : try [UInt8](Data(contentsOf: URL(fileURLWithPath: file(name))))
    }

    /// Makes a directory inside and returns its path.
    @discardableResult
    package func makeDirectory(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: true)
        return file(name)
    }
}
