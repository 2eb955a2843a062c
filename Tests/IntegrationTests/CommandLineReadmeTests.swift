import Foundation
import TestSupport
import Testing

/// The READMEs show the code that is compiled, the help that is printed, and the same in both languages.
@Suite(.timeLimit(.minutes(5))) struct CommandLineReadmeTests {
    private static let names = ["README.md", "README.ru.md"]

    private static func text(_ path: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// The fenced blocks of a language.
    private static func blocks(_ text: String, _ language: String) -> [String] {
        text.components(separatedBy: "```\(language)\n").dropFirst().map { $0.components(separatedBy: "\n```")[0] }
    }

    /// The parts of the tour between its marks, moved to the left.
    private static func tour() throws -> [String] {
        try text("Examples/Sources/Tour/Tour.swift").components(separatedBy: "    // tour: end\n").dropLast().map {
            part in
            let lines = part.components(separatedBy: "\n").drop { !$0.hasPrefix("    // tour: ") }.dropFirst()
                .dropLast()
            return lines.map { String($0.dropFirst(4)) }.joined(separator: "\n")
        }
    }

    @Test(arguments: names) func `the code of the tour is the compiled file's`(_ name: String) throws {
        let (tour, shown) = (try Self.tour(), Self.blocks(try Self.text(name), "swift"))
        #expect(tour.count == 6)
        #expect(Array(shown.prefix(tour.count)) == tour)
    }

    @Test(arguments: names) func `the help shown is the help printed`(_ name: String) async throws {
        let help = try await CommandLineProgram.run(["--help"]).output
        #expect(Self.blocks(try Self.text(name), "text").contains { $0 + "\n" == help })
    }

    @Test func `both languages have the same sections, tables, code and numbers`() throws {
        let (english, russian) = (try Self.text("README.md"), try Self.text("README.ru.md"))
        func levels(_ text: String) -> [String] {
            text.components(separatedBy: "\n").compactMap { line in
                line.hasPrefix("#") ? String(line.prefix { $0 == "#" }) : nil
            }
        }
        func rows(_ text: String) -> Int {
            text.components(separatedBy: "\n").count { $0.hasPrefix("| ") }
        }
        #expect(levels(english) == levels(russian))
        #expect(rows(english) > 40 && rows(english) == rows(russian))
        #expect(Self.blocks(english, "swift") == Self.blocks(russian, "swift"))
        #expect(Self.blocks(english, "sh") == Self.blocks(russian, "sh"))
        #expect(Self.blocks(english, "text") == Self.blocks(russian, "text"))
    }
}
