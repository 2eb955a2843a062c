import TestSupport
import Testing

@testable import AIProviders

struct ToolCallAssemblerTests {
    /// A fragment as a service writes it.
    struct Wire {
        var index: Int?
        var id: String?
        var name: String?
        var arguments = ""
    }

    private func assemble(_ fragments: [Wire]) -> [ToolCall] {
        var assembler = ToolCallAssembler()
        var accumulator = ChatAccumulator()
        for wire in fragments {
            let fragment = assembler.fragment(
                index: wire.index,
                id: wire.id,
                name: wire.name,
                arguments: wire.arguments
            )
            accumulator.add(.toolCall(fragment))
        }
        return accumulator.response.toolCalls
    }

    @Test func `a name in pieces is put together, and a whole one takes its place`() {
        let pieces = [
            Wire(index: 0, id: "c", name: "get_"), Wire(index: 0, name: "weather"), Wire(index: 0, arguments: "{}"),
        ]
        #expect(assemble(pieces) == [ToolCall(id: "c", name: "get_weather", argumentsText: "{}")])
        let whole = [Wire(index: 0, id: "c", name: "get_"), Wire(index: 0, name: "get_weather", arguments: "{}")]
        #expect(assemble(whole).map(\.name) == ["get_weather"])
    }

    @Test func `a name and an id in each fragment, the id another each time, are one call`() {
        let parts = [("r0", ""), ("r1", #"{"a""#), ("r2", ":1}")]
        let fragments = parts.map { Wire(index: 0, id: $0.0, name: "f", arguments: $0.1) }
        #expect(assemble(fragments) == [ToolCall(id: "r0", name: "f", argumentsText: #"{"a":1}"#)])
    }

    @Test func `a call that comes once more is the same call`() {
        let call = Wire(index: 0, id: "c", name: "f", arguments: #"{"a":1}"#)
        #expect(assemble([call, call]).map(\.argumentsText) == [#"{"a":1}"#])
        let other = Wire(index: 1, id: "c", name: "f", arguments: #"{"a":1}"#)
        #expect(assemble([call, other]).count == 1)
    }

    @Test func `an id that is the function's name tells no calls apart`() {
        let calls = [(0, #"{"a":0}"#), (1, #"{"a":1}"#)].map { Wire(index: $0.0, id: "f", name: "f", arguments: $0.1) }
        #expect(assemble(calls).map(\.argumentsText) == [#"{"a":0}"#, #"{"a":1}"#])
        #expect(assemble(calls.map { Wire(id: $0.id, name: $0.name, arguments: $0.arguments) }).count == 2)
    }

    // dyedd/lens#49
    @Test func `a second value on the same index with nothing else is a second call of the function`() {
        let calls = assemble([
            Wire(index: 0, id: "c", name: "f", arguments: #"{"a":"}"}"#), Wire(index: 0, arguments: #"{"a":"#),
            Wire(index: 0, arguments: "2}"),
        ])
        #expect(calls.map(\.name) == ["f", "f"])
        #expect(calls.map(\.argumentsText) == [#"{"a":"}"}"#, #"{"a":2}"#])
    }

    @Test func `an empty last fragment that repeats the name opens nothing`() {
        #expect(assemble([Wire(index: 0, name: "f", arguments: "{}"), Wire(index: 0, name: "f")]).count == 1)
    }

    /// How a service writes its calls.
    enum Style: CaseIterable {
        case indexed, lateName, lateID, emptyStrings, sameIDAgain, everythingAgain, wholeOnIndexZero, wholeWithoutIndex
        case withoutIndex, idsOnly
    }

    @Test(arguments: Style.allCases)
    func `calls come out as they were made, however they are written and cut`(style: Style) {
        for seed in 0..<200 {
            var random = SplitMix64(seed: UInt64(seed))
            let calls = (0..<1 + random.below(4)).map { number -> ToolCall in
                let values = ["{}", #"{"a":"}{\"\\"}"#, #"{"n":{"b":[1,{"c":"\u{1F600}"}]}}"#, #"{ "x" : [ ] }"#]
                return ToolCall(
                    id: "id-\(seed)-\(number)",
                    name: ["f", "get_weather"][random.below(2)],
                    argumentsText: values[random.below(values.count)]
                )
            }
            let wire = calls.enumerated().flatMap { fragments($1, at: $0, style, &random) }
            let wanted = calls.map { call in
                var call = call
                if style == .wholeOnIndexZero || style == .wholeWithoutIndex || style == .withoutIndex { call.id = "" }
                return call
            }
            #expect(assemble(wire) == wanted, "seed \(seed)")
        }
    }

    private func pieces(_ text: String, _ random: inout SplitMix64) -> [String] {
        var pieces: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            let count = 1 + random.below(5)
            pieces.append(String(rest.prefix(count)))
            rest = rest.dropFirst(count)
            if random.chance(20) { pieces.append("") }
        }
        return pieces
    }

    private func fragments(_ call: ToolCall, at index: Int, _ style: Style, _ random: inout SplitMix64) -> [Wire] {
        let parts = pieces(call.argumentsText, &random)
        let first = Wire(index: index, id: call.id, name: call.name)
        let rest = parts.map { Wire(index: index, arguments: $0) }
        switch style {
        case .indexed: return [first] + rest
        case .lateName:
            return [Wire(index: index, id: call.id, name: "")] + [Wire(index: index, name: call.name)] + rest
        case .lateID: return [Wire(index: index, name: call.name), Wire(index: index, id: call.id)] + rest
        case .emptyStrings: return [first] + parts.map { Wire(index: index, id: "", name: "", arguments: $0) }
        case .sameIDAgain: return [first] + parts.map { Wire(index: index, id: call.id, arguments: $0) }
        case .everythingAgain:
            return parts.map { Wire(index: index, id: call.id, name: call.name, arguments: $0) }
        case .wholeOnIndexZero: return [Wire(index: 0, id: "", name: call.name, arguments: call.argumentsText)]
        case .wholeWithoutIndex: return [Wire(name: call.name, arguments: call.argumentsText)]
        case .withoutIndex: return [Wire(name: call.name)] + parts.map { Wire(arguments: $0) }
        case .idsOnly: return [Wire(id: call.id, name: call.name)] + parts.map { Wire(id: call.id, arguments: $0) }
        }
    }
}
