package import FoundationEssentials

/// Files of the repository's `Fixtures` folder, found relative to this source file.
///
/// The folder is shared by several targets, so that it cannot be a resource of one.
package enum Fixture {
    /// A fixture that is not there.
    package struct Missing: Error, CustomStringConvertible {
        /// Which one, and where it was looked for.
        package let description: String
    }

    /// The bytes of a fixture.
    ///
    /// - Parameter path: Where it is inside the folder, such as `sse/heartbeats.sse`.
    /// - Returns: The file's contents.
    /// - Throws: ``Missing`` when it cannot be read.
    package static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try data(path))
    }

    /// A fixture that holds JSON, as a value.
    ///
    /// - Parameters:
    ///   - path: Where it is inside the folder.
    ///   - type: What it describes.
    /// - Returns: The decoded value.
    /// - Throws: ``Missing`` when it cannot be read; a decoding error when it describes something else.
    package static func json<Value: Decodable>(_ path: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: data(path))
    }

    /// The names of a folder's fixtures with a certain ending, without it, in alphabetical order.
    ///
    /// - Parameters:
    ///   - folder: The folder inside `Fixtures`.
    ///   - ending: What the names end with, such as `.sse`.
    /// - Returns: At least one name: a loop over no fixture would be a test that cannot fail.
    /// - Throws: ``Missing`` when there is none.
    package static func names(in folder: String, ending: String) throws -> [String] {
        let files = try FileManager.default.contentsOfDirectory(atPath: url(folder).path)
        let names = files.filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
        guard !names.isEmpty else { throw Missing(description: "no fixture named *\(ending) in \(url(folder).path)") }
        return names
    }

    /// Where a fixture is on disk, for those who hand the path on.
    package static func url(_ path: String) -> URL {
        URL(filePath: #filePath)
            .deletingLastPathComponent()
            .deletingLastPathComponent()
            .deletingLastPathComponent()
            .appending(path: "Fixtures")
            .appending(path: path)
    }

    private static func data(_ path: String) throws -> Data {
        let url = url(path)
        do {
            // Foundation leaks its buffer when it reads an empty file.
            let size = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int
            return size == 0 ? Data() : try Data(contentsOf: url)
        } catch {
            throw Missing(description: "fixture \(url.path) cannot be read: \(error)")
        }
    }
}
