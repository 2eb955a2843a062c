import FoundationEssentials
import TestSupport
import Testing

/// The table of the seeds' sentences names tests that exist.
@Suite struct SeedTableTests {
    /// A test that the table names.
    private struct Reference: Hashable {
        let file: String
        let name: String
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: Fixture.url("../Tests/\(path)"), encoding: .utf8)
    }

    /// The cells of the table's rows, those of its heads and lines left out.
    private static func rows(_ text: String) -> [[String]] {
        text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("| "), !line.hasPrefix("| ---") else { return nil }
            let cells = line.dropFirst(2).dropLast(2).split(separator: " | ", omittingEmptySubsequences: false)
            return cells.first == "sentence" ? nil : cells.map(String.init)
        }
    }

    /// The tests of a cell: `file`: `name`, `name`; `file`: `name`.
    private static func references(_ cell: String) -> [Reference] {
        var (references, file) = ([Reference](), "")
        for (index, part) in cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        where index % 2 == 1 {
            if part.hasSuffix(".swift") {
                file = String(part)
            } else {
                references.append(Reference(file: file, name: String(part)))
            }
        }
        return references
    }

    /// The tests of every row, and the sources that they are looked for in.
    private static func table() throws -> (rows: [(sentence: String, tests: [Reference])], sources: [String: String]) {
        let rows = rows(try text("SEEDS.md")).filter { $0.count == 3 }.map { ($0[0], references($0[2])) }
        // A file that is not there has no tests: the row that names it says so.
        let files = Set(rows.flatMap { $0.1.map(\.file) }).filter {
            FileManager.default.fileExists(atPath: Fixture.url("../Tests/\($0)").path)
        }
        return (rows, Dictionary(uniqueKeysWithValues: try files.map { ($0, try text($0)) }))
    }

    @Test func `every test that the table names is there`() throws {
        let (rows, sources) = try Self.table()
        #expect(rows.count > 100, "the table is read")
        for row in rows {
            #expect(!row.tests.isEmpty, "no test for: \(row.sentence)")
            for test in row.tests {
                #expect(sources[test.file]?.contains("func `\(test.name)`(") == true, "\(test.file): \(test.name)")
            }
        }
    }

    @Test func `every test that is named after a sentence is in the table`() throws {
        let (rows, sources) = try Self.table()
        let known = Set(rows.flatMap(\.tests))
        let files = sources.filter { $0.key.split(separator: "/").last?.contains("Seed") == true }
        #expect(files.count >= 8)
        for (file, source) in files {
            for piece in source.components(separatedBy: "func `").dropFirst() {
                let name = String(piece.prefix { $0 != "`" })
                #expect(known.contains(Reference(file: file, name: name)), "\(file): \(name)")
            }
        }
    }

    @Test func `the table has every seed, and says what is not there yet`() throws {
        let text = try Self.text("SEEDS.md")
        for seed in ["000", "001", "002", "003", "004"] {
            #expect(text.contains("\n## Seed \(seed)\n"), "\(seed)")
        }
        let parts = text.components(separatedBy: "\n## Not built yet\n")
        #expect(parts.count == 2)
        #expect(Self.rows(parts.last ?? "").allSatisfy { $0.count == 2 }, "nothing there has a test")
        #expect(Self.rows(parts.first ?? "").allSatisfy { $0.count == 3 })
    }
}
