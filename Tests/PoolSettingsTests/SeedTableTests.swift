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

    @Test func `every test that the table names is there`() throws {
        let rows = Self.rows(try Self.text("SEEDS.md")).filter { $0.count == 3 }
        #expect(rows.count > 100, "the table is read")
        var sources: [String: String] = [:]
        for row in rows {
            let references = Self.references(row[2])
            #expect(!references.isEmpty, "no test for: \(row[0])")
            for reference in references {
                let source: String
                if let known = sources[reference.file] {
                    source = known
                } else {
                    source = try Self.text(reference.file)
                    sources[reference.file] = source
                }
                #expect(source.contains("func `\(reference.name)`("), "\(reference.file): \(reference.name)")
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
