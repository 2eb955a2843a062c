import FoundationEssentials
@testable import PoolSettings
import TestSupport
import Testing

/// Each file of `Fixtures/settings/broken` cannot be used, and the one beside it says what is told about it.
@Suite struct BrokenSettingsTests {
    private static let folder = "settings/broken"

    private static func files(_ ending: String) -> [String] {
        // A folder without such files gives no names, which the test of the corpus finds.
        ((try? Fixture.names(in: folder, ending: ending)) ?? []).map { $0 + ending }
    }

    private static let all = files(".toml") + files(".json") + files(".env")

    @Test func `the corpus is as large as it was asked to be`() {
        #expect(Self.all.count >= 60)
    }

    @Test(arguments: all) func `a broken file is told by its expected message`(_ file: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try PoolSettings.load(try Self.sources(file)) }
        let text = error.warnings.map { "warning: \($0)\n" }.joined() + "\(error)\n"
        let shown = text.replacing(Fixture.url(Self.folder).path + "/", with: "./")
        let name = file.split(separator: ".").dropLast().joined(separator: ".") + ".expected"
        let expected = String(decoding: try Fixture.bytes("\(Self.folder)/\(name)"), as: UTF8.self)
        // Where the syntax is wrong toml++ words the message, each version in its own way.
        if file.hasPrefix("toml-"), TOMLReader.libraryVersion != "3.3.0" {
            #expect(Self.place(shown) == Self.place(expected))
        } else {
            #expect(shown == expected)
        }
        #expect(!shown.contains("hunter2"))
    }

    /// The message up to the line, without the column and what follows.
    private static func place(_ message: String) -> [Substring] {
        message.split(separator: ":").prefix(3).map { $0 }
    }

    private static func sources(_ file: String) throws -> PoolSettings.Sources {
        let path = "\(folder)/\(file)"
        guard file.hasSuffix(".env") else { return .only(file: Fixture.url(path).path) }
        var sources = PoolSettings.Sources()
        sources.environment = [:]
        sources.directory = "/nonexistent"
        for line in String(decoding: try Fixture.bytes(path), as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            try #require(parts.count == 2)
            sources.environment?[parts[0]] = parts[1]
        }
        return sources
    }
}
