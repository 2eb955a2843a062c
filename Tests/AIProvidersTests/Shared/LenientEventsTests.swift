import HTTPSessionPool
import TestSupport
import Testing

@testable import AIProviders

/// Streams that stray from the standard, cut at every place.
struct LenientEventsTests {
    private func events(_ text: String, cutAt cut: Int) throws -> [ServerSentEvent] {
        let bytes = Array(text.utf8)
        var decoder = ServerSentEventDecoder(dialect: .lenient)
        var events: [ServerSentEvent] = []
        try decoder.decode(Array(bytes[..<cut]), into: &events)
        try decoder.decode(Array(bytes[cut...]), into: &events)
        if let last = try decoder.finish(), last.isWhole { events.append(last) }
        return events
    }

    @Test(arguments: [
        // ggml-org/llama.cpp#16104
        ("data: {\"a\":1}\n\nerror: {\"code\":400}\n\ndata: [DONE]\n\n", ["{\"a\":1}", "{\"code\":400}", "[DONE]"]),
        // comet-ml/opik#1138, decolua/9router#3301 and #3492
        ("{\"error\":{}}\n", ["{\"error\":{}}"]), ("{\"a\":1}\ndata: [DONE]\n\n", ["{\"a\":1}", "[DONE]"]),
        ("{\n  \"a\": [\n    {}\n  ]\n}\n: done\n", ["{\n  \"a\": [\n    {}\n  ]\n}"]),
        ("[{\n  \"error\": {}\n}]", ["[{\n  \"error\": {}\n}]"]),
        ("{\"a\":1}\n{\"a\":2}\n", ["{\"a\":1}", "{\"a\":2}"]),
        // openai/openai-node#2725, darshi1337/apogee#139
        ("data: {\"a\":1}\n\ndata: [DONE]", ["{\"a\":1}", "[DONE]"]), ("data: {\"a\":1}\r\n", ["{\"a\":1}"]),
        ("data: {\"a\":1", []), ("data: {\"a\":\"}", []), ("event: x\n", []),
    ])
    func `whole data counts, whatever surrounds it`(text: String, data: [String]) throws {
        for cut in 0...text.utf8.count {
            #expect(try events(text, cutAt: cut).map(\.data) == data, "cut at \(cut)")
        }
    }

    @Test func `the standard ignores what the standard ignores`() throws {
        var decoder = ServerSentEventDecoder()
        var events: [ServerSentEvent] = []
        try decoder.decode(Array("error: {}\n\n{\"a\":1}\n\ndata: x\n\n".utf8), into: &events)
        #expect(events.map(\.data) == ["x"])
    }
}
