import HTTPSessionPool
import TestSupport
import Testing

/// All that a decoder has to say about a stream.
private struct SequenceOutcome: Equatable {
    var objects: [String] = []
    var error: String?
    var offset: Int?

    /// Decodes the pieces of one stream from beginning to end, or to its error.
    init(decoding chunks: [[UInt8]]) throws {
        var decoder = JSONSequenceDecoder()
        var decoded: [[UInt8]] = []
        do {
            for chunk in chunks {
                try decoder.decode(chunk, into: &decoded)
            }
            try decoder.finish()
        } catch {
            self.error = error.code.description
            self.offset = error.offset
        }
        objects = decoded.map { String(decoding: $0, as: UTF8.self) }
    }

    /// What stands next to a fixture.
    init(expectedOf name: String) throws {
        struct Expected: Decodable {
            let objects: [String]
            let error: String?
            let offset: Int?
        }
        let expected = try Fixture.json("json-lines/\(name).expected.json", as: Expected.self)
        objects = expected.objects
        error = expected.error
        offset = expected.offset
    }
}

@Suite struct `JSON sequence decoder` {
    private static func fixtures() throws -> [String] {
        try Fixture.names(in: "json-lines", ending: ".expected.json")
    }

    @Test(arguments: try fixtures())
    func `a fixture gives the objects that stand next to it, wherever it is cut`(name: String) throws {
        let bytes = try Fixture.bytes("json-lines/\(name).json")
        let expected = try SequenceOutcome(expectedOf: name)
        #expect(try SequenceOutcome(decoding: Chunks.whole(bytes)) == expected)
        #expect(try SequenceOutcome(decoding: Chunks.single(bytes)) == expected, "byte by byte")
        for index in bytes.indices {
            let outcome = try SequenceOutcome(decoding: Chunks.halves(bytes, at: index))
            try invariant(outcome == expected, "cut before byte \(index): \(outcome)")
        }
        for seed in 0..<50 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let outcome = try SequenceOutcome(decoding: Chunks.random(bytes, using: &random))
            try invariant(outcome == expected, "cut by seed \(seed): \(outcome)")
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `random objects come out as they went in, however they are joined and cut`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let objects = (0..<random.below(12)).map { _ in Self.randomObject(depth: 3, using: &random) }
        let space = { (random: inout SplitMix64) in ["", " ", "\n", "\r\n", "\n\n\t"][random.below(5)] }
        var text = space(&random)
        if random.chance(30) {
            text += "[" + space(&random) + objects.joined(separator: space(&random) + "," + space(&random)) + "]"
        } else {
            for object in objects {
                text += object + space(&random)
            }
        }
        let outcome = try SequenceOutcome(decoding: Chunks.random(Array(text.utf8), using: &random))
        try invariant(outcome.error == nil, "\(text): \(outcome)")
        try invariant(outcome.objects == objects, "\(text): \(outcome.objects)")
    }

    private static func randomObject(depth: Int, using random: inout SplitMix64) -> String {
        let members = (0..<random.below(4)).map { _ in
            randomString(using: &random) + ":" + randomValue(depth: depth, using: &random)
        }
        return "{" + members.joined(separator: random.chance(50) ? "," : " ,\n") + "}"
    }

    private static func randomValue(depth: Int, using random: inout SplitMix64) -> String {
        switch random.below(depth > 0 ? 5 : 3) {
        case 0: "\(random.below(1_000))"
        case 1: ["true", "false", "null"][random.below(3)]
        case 2: randomString(using: &random)
        case 3: "[\(randomValue(depth: depth - 1, using: &random)),\(randomValue(depth: depth - 1, using: &random))]"
        default: randomObject(depth: depth - 1, using: &random)
        }
    }

    private static func randomString(using random: inout SplitMix64) -> String {
        let pieces = ["{", "}", "[", "]", ",", ":", #"\""#, #"\\"#, #"\n"#, #"\u007b"#, "a", "я", "👋", " "]
        return "\"" + (0..<random.below(8)).map { _ in pieces[random.below(pieces.count)] }.joined() + "\""
    }

    @Test func `an object is delivered with its last brace`() throws {
        var decoder = JSONSequenceDecoder()
        var objects: [[UInt8]] = []
        try decoder.decode(Array(#"{"a":{}"#.utf8), into: &objects)
        #expect(objects.isEmpty)
        try decoder.decode(Array(#"}{"#.utf8), into: &objects)
        #expect(objects == [Array(#"{"a":{}}"#.utf8)])
    }

    @Test(arguments: [1, 3, 64])
    func `an object larger than the limit is an error, in one piece or in many`(chunk: Int) throws {
        let bytes = Array(#"{"a":"34567"}{"a":"345678"}"#.utf8)
        var decoder = JSONSequenceDecoder(maxObjectSize: 13)
        var objects: [[UInt8]] = []
        let error = #expect(throws: StreamDecodingError.self) {
            for start in stride(from: 0, to: bytes.count, by: chunk) {
                try decoder.decode(Array(bytes[start..<min(start + chunk, bytes.count)]), into: &objects)
            }
        }
        #expect(error?.code == .objectTooLarge)
        #expect(error?.limit == 13)
        #expect(objects == [Array(bytes[..<13])])
    }

    @Test func `an object without end is an error before it fills the memory`() throws {
        var decoder = JSONSequenceDecoder(maxObjectSize: 1_000)
        var objects: [[UInt8]] = []
        try decoder.decode(Array("{\"".utf8), into: &objects)
        let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 100)
        var accepted = 0
        #expect(throws: StreamDecodingError.objectTooLarge(limit: 1_000)) {
            while accepted < 1_000 {
                try decoder.decode(chunk, into: &objects)
                accepted += 1
            }
        }
        #expect(accepted == 9)
    }

    @Test func `after an error the same error is thrown again`() {
        var decoder = JSONSequenceDecoder()
        var objects: [[UInt8]] = []
        let error = StreamDecodingError.malformedJSON(offset: 2)
        #expect(throws: error) { try decoder.decode(Array("{}x".utf8), into: &objects) }
        #expect(throws: error) { try decoder.decode(Array("{}".utf8), into: &objects) }
        #expect(throws: error) { try decoder.finish() }
        #expect(objects == [Array("{}".utf8)])
        #expect(error.description.contains("byte 2"))
    }
}
