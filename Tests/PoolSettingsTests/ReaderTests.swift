import Foundation
@testable import PoolSettings
import TestSupport
import Testing

/// The readers of TOML and JSON: places, limits, and that nothing breaks them.
@Suite struct ReaderTests {
    private func json(_ text: String) throws -> SettingsNode {
        try JSONReader.read(Array(text.utf8), at: .file("f"))
    }

    private func toml(_ text: String) throws -> SettingsNode { try TOMLReader(file: "f").read(Array(text.utf8)) }

    /// Every value with its path and place.
    private func places(_ node: SettingsNode, _ path: String = "") -> [String] {
        let own = ["\(path) \(node.origin.place.line):\(node.origin.place.column)"]
        switch node.content {
        case .table(let members): return own + members.flatMap { places($0.node, path + "." + $0.key) }
        case .array(let nodes): return own + nodes.enumerated().flatMap { places($1, path + "[\($0)]") }
        default: return own
        }
    }

    @Test func `values of JSON have their places`() throws {
        let node = try json("\u{feff}{\n  \"é\": [1, {\"b\": null}],\n\t\"c\":true }\r\n")
        #expect(places(node) == [" 1:1", ".é 2:8", ".é[0] 2:9", ".é[1] 2:12", ".é[1].b 2:18", ".c 3:6"])
        guard case .table(let members) = node.content else {
            Issue.record("no table")
            return
        }
        #expect("\(members[1].keyOrigin)" == "f:3:2 $.c")
    }

    @Test func `values of TOML have their places`() throws {
        let node = try toml("[a]\nz = 1\n\"é\" = [ 'x', { b.c = 1.5 } ]\n[[a.t]]\nd = 1979-05-27\n")
        let expected = [
            ".a 1:1", ".a.z 2:5", ".a.é 3:7", ".a.é[0] 3:9", ".a.é[1] 3:14", ".a.é[1].b.c 3:22", ".a.t[0] 4:1",
            ".a.t[0].d 5:5",
        ]
        let found = places(node)
        for place in expected { #expect(found.contains(place), "\(place) in \(found)") }
    }

    @Test func `escapes of JSON`() throws {
        let node = try json(#""\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00""#)
        guard case .string(let text) = node.content else {
            Issue.record("no string")
            return
        }
        #expect(text == "\"\\/\u{8}\u{c}\n\r\tAé😀")
    }

    @Test(arguments: [
        #""\x""#, #""\u12""#, #""\ud800x""#, #""\ud800\u0041""#, #""\udc00""#, "\"", "\"\\", "[1,]", "{\"a\":1,}",
        "[1 2]",
        "01", "-", "1.", ".5", "+1", "1e", "tru", "nul", "'a'", "{a:1}", "{\"a\"}", "{\"a\" 1}", "[", "]", "1 2", "",
        " ", "\u{1}", "\"\t\"", "99999999999999999999", "[1,2", "{\"a\":{}", "//", "NaN", "-Infinity",
    ])
    func `what is no JSON`(_ text: String) {
        #expect(throws: SyntaxError.self) { try json(text) }
    }

    @Test(arguments: [
        "a = {=1}", "a = {,}", "a = {b}", "a = {b=1,}", "a = {.b = 1}", "[.]", "[a.]", "[.a]", "[ ]", "[[]]", "[a]]",
        "=1",
        ".a = 1", "a. = 1", "a..b = 1", "a = ", "a", "{}", "ключ = 1", "a.ключ = 1", "[ключ]", "a = я", "a\u{a0}= 1",
        "a = 1 я", "\u{fefb} = 1", "a = 1\u{0}", "a = 1\rb = 2", "a = 1e", "a = 0x", "a = 1__0", "a = 2024-13-01",
        "a = 25:00:00", "a = +-1", "a = \"\\u12\"", "a = '''", "a = [1,,2]", "a = 1\na.b = 2",
    ])
    func `what is no TOML`(_ text: String) {
        #expect(throws: SyntaxError.self) { try toml(text) }
    }

    @Test func `letters beyond ASCII stand in texts, quoted keys and comments`() throws {
        let node = try toml("\"ключ\" = 'я' # я\nb = \"\"\"\\\n  я\"\"\" # ю\nc = 1")
        #expect(places(node) == [" 1:1", ".ключ 1:10", ".b 2:5", ".c 4:5"])
    }

    // MARK: Random documents

    private static let jsonSeed = """
        {"a": [1, -2.5e3, true, false, null], "b": {"c": "x\\u00e9\\n", "d": []}, "é": "\\ud83d\\ude00", "f": 0.125}
        """

    private static let tomlSeed = """
        # comment. with. dots
        [pool_settings]
        a.b.c = "x\\u00e9\\n" # more
        d = [1, 2.5, 'lit.e.ral', \"\"\"long
        ""string\"\"\"\"\", {x = 1979-05-27T07:32:00Z, y.z = inf}]
        [[t]]
        "q.k" = 0x1F

        """

    private func mutated(_ text: String, _ random: inout SplitMix64) -> [UInt8] {
        var bytes = Array(text.utf8)
        let alphabet = Array("{}[]\",:.'\\=#\n\t 0159eE+-ntfu\"\"''[[".utf8) + [0x00, 0x80, 0xc3, 0xff]
        for _ in 0..<(1 + random.below(4)) where !bytes.isEmpty {
            let at = random.below(bytes.count)
            switch random.below(4) {
            case 0: bytes.remove(at: at)
            case 1: bytes.insert(alphabet[random.below(alphabet.count)], at: at)
            case 2: bytes[at] = alphabet[random.below(alphabet.count)]
            default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 1 + random.below(12))], at: at)
            }
        }
        return bytes
    }

    @Test(arguments: UInt64(0)..<60) func `JSON is what Foundation takes for JSON`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let bytes = mutated(Self.jsonSeed, &random)
            let isJSON = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
            do throws(SyntaxError) {
                _ = try JSONReader.read(bytes, at: .file("f"))
                #expect(isJSON, "\(String(decoding: bytes, as: UTF8.self))")
            } catch {
                // Foundation lets keys be repeated, and numbers be larger than 64 bits.
                let isStricter = error.message.hasSuffix("is there twice") || error.message.hasSuffix("than 64 bits")
                #expect(!isJSON || isStricter, "\(error.message): \(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }

    @Test(arguments: UInt64(0)..<60) func `no text breaks the reader of TOML`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let bytes = mutated(Self.tomlSeed, &random)
            let lines = bytes.count { $0 == 0x0a } + 1
            do throws(SyntaxError) {
                guard case .table = try TOMLReader(file: "f").read(bytes).content else {
                    Issue.record("no table")
                    continue
                }
            } catch {
                #expect(!error.message.isEmpty)
                #expect((1...lines).contains(error.origin.place.line), "\(error.origin)")
            }
        }
    }

    @Test func `the seed of the random documents is valid itself`() throws {
        _ = try json(Self.jsonSeed)
        _ = try toml(Self.tomlSeed)
    }

    @Test func `depth is limited before the stack is`() throws {
        let key = Array(repeating: "a", count: 33).joined(separator: ".")
        let deep = Array(repeating: "a", count: 100_000).joined(separator: ".")
        // As deep as it gets: keys of 33 parts in 32 tables.
        _ = try toml(key + " = " + String(repeating: "{\(key) = ", count: 31) + "1" + String(repeating: "}", count: 31))
        for text in [
            deep + " = 1", "[\(deep)]", "x = {\(deep) = 1}", "x = [ 1, {a = \"]\", \(deep) = 1} ]",
            "x = '''\n'''\n\(deep) = 1", "x = \"\"\"\\\"\"\"\"\n\(deep) = 1", "x = \"\" # \"\n\(deep) = 1",
        ] {
            let error = #expect(throws: SyntaxError.self, "\(text.prefix(30))") { try toml(text) }
            #expect(error?.message.contains("parts") == true)
        }
        #expect(throws: SyntaxError.self) { try toml("x = " + String(repeating: "[", count: 100_000)) }
        #expect(throws: SyntaxError.self) { try json(String(repeating: "[", count: 100_000)) }
        // Dots in texts and comments are no keys.
        let dots = String(repeating: ".", count: 200)
        _ = try toml("x = '\(dots)' # \(dots)\ny = \"\(dots)\"\nz = '''\(dots)\n\(dots)'''\n\"\(dots)\" = 1\n")
    }
}
