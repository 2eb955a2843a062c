import ProviderSimulator
import Testing

@Suite struct StreamStyleTests {
    /// The same stream of the OpenAI-compatible provider in a style, and the text of its events read leniently.
    private static func stream(
        _ change: (inout SimulatorFaults.StreamStyle) -> Void,
        _ check: @escaping @Sendable (RawResponse) throws -> Void
    ) async throws {
        var style = SimulatorFaults.StreamStyle()
        change(&style)
        let rule = SimulatorFaultRule(.stream(style), path: "/chat/completions")
        try await withSimulator({ $0.faults = [rule] }) { simulator throws in
            let body = Sample.chat(model: "m", stream: true)
            let response = try simulator.openai("/v1/chat/completions", body)
            #expect(response.ending == .complete)
            try check(response)
        }
    }

    @Test(arguments: [SimulatorFaults.StreamStyle.LineEnding.crlf, .cr])
    func `lines can end otherwise`(ending: SimulatorFaults.StreamStyle.LineEnding) async throws {
        try await Self.stream({ $0.lineEnding = ending }) { response throws in
            #expect(response.texts.allSatisfy { $0.hasSuffix(ending.rawValue + ending.rawValue) })
            #expect(response.text.utf8.contains(UInt8(ascii: "\n")) == (ending == .crlf))
        }
    }

    @Test func `the space after the colon can be missing`() async throws {
        try await Self.stream({ $0.hasSpaceAfterColon = false }) { response throws in
            #expect(response.texts.allSatisfy { $0.hasPrefix("data:{") || $0 == "data:[DONE]\n\n" })
        }
    }

    @Test func `comments can precede events`() async throws {
        try await Self.stream({ $0.hasComments = true }) { response throws in
            #expect(response.texts.count { $0 == ": ping\n\n" } == 10)
            #expect(response.texts.count { $0.hasPrefix("data: {") } == 10)
        }
    }

    @Test func `data can be spread over lines and still be one JSON`() async throws {
        try await Self.stream({ $0.hasMultiLineData = true }) { response throws in
            for text in response.texts.dropLast() {
                let lines = text.split(separator: "\n").map { String($0.dropFirst(6)) }
                #expect(lines.count == 2)
                #expect(try JSONValue(lines.joined(separator: "\n")).choices[0].isMissing == false)
            }
        }
    }

    @Test func `writes can end inside a character`() async throws {
        try await Self.stream({ $0.splitsCharacters = true }) { response throws in
            #expect(response.chunks.contains { String(validating: $0, as: UTF8.self) == nil })
            #expect(String(validating: response.body, as: UTF8.self) != nil)
            let events = response.text.split(separator: "\n\n").dropLast().map { String($0.dropFirst(6)) }
            #expect(try events.map { try JSONValue($0) }.count == 10)
        }
    }

    @Test func `events can share a write`() async throws {
        try await Self.stream({ $0.eventsPerWrite = 4 }) { response throws in
            #expect(response.chunks.count == 3)
            #expect(response.texts[0].ranges(of: "data: ").count == 4)
        }
    }

    @Test func `a byte order mark can come first`() async throws {
        try await Self.stream({ $0.hasByteOrderMark = true }) { response throws in
            #expect(response.body.starts(with: [0xEF, 0xBB, 0xBF]))
        }
    }

    @Test func `DONE can be missing`() async throws {
        try await Self.stream({ $0.omitsDone = true }) { response throws in
            #expect(!response.text.contains("[DONE]"))
            #expect(response.chunks.count == 10)
        }
    }

    @Test func `data can follow DONE`() async throws {
        try await Self.stream({ $0.trailingData = #"{"late":true}"# }) { response throws in
            #expect(response.texts.suffix(2) == ["data: [DONE]\n\n", "data: {\"late\":true}\n\n"])
        }
    }
}
