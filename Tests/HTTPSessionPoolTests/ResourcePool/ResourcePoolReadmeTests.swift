import Foundation
import HTTPSessionPool
import Testing

/// What the READMEs show of the pool of other things is compiled, and its defaults are the defaults.
@Suite struct `Resource pool in the READMEs` {
    private static let names = ["README.md", "README.ru.md"]

    private static func text(_ path: String) throws -> String {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    @Test(arguments: names) func `the code is the compiled file's`(_ name: String) throws {
        let readme = try Self.text(name)
        let parts = try Self.text("Examples/Sources/Resources/Resources.swift")
            .components(separatedBy: "    // resources: end\n").dropLast()
        #expect(parts.count == 2)
        for part in parts {
            let lines = part.components(separatedBy: "\n").drop { !$0.hasPrefix("    // resources: ") }.dropFirst()
            let code = lines.map { String($0.dropFirst(4)) }.joined(separator: "\n")
            #expect(readme.contains("```swift\n\(code)```"), "\(part.prefix(60))")
        }
    }

    @Test(arguments: names) func `the defaults are the defaults`(_ name: String) throws {
        let rows = try Self.text(name).components(separatedBy: "\n").filter { $0.hasPrefix("| `") }
        let defaults = ResourcePoolConfiguration()
        let isRussian = name.contains(".ru.")
        func seconds(_ duration: Duration?) -> String {
            let digits = "\(duration?.components.seconds ?? 0)"
            let grouped = digits.count > 3 ? "\(digits.dropLast(3)) \(digits.suffix(3))" : digits
            return "\(grouped) \(isRussian ? "с" : "s")"
        }
        let shown = [
            "minSize": "\(defaults.minSize)",
            "maxSize": "\(defaults.maxSize)",
            "acquireTimeout": seconds(defaults.acquireTimeout),
            "idleTimeout": seconds(defaults.idleTimeout),
            "maxLifetime": seconds(defaults.maxLifetime),
            "healthCheckInterval": seconds(defaults.healthCheckInterval),
            "createTimeout": seconds(defaults.createTimeout),
            "validateOnAcquire": "\(defaults.validateOnAcquire)",
            "warmUpOnStart": "\(defaults.warmUpOnStart)",
        ]
        for (setting, value) in shown {
            #expect(rows.contains { $0.hasPrefix("| `\(setting)` | \(value) |") }, "\(setting): \(value)")
        }
    }
}
