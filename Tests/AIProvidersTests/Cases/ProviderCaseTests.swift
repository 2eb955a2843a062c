import TestSupport
import Testing

@testable import AIProviders

@Suite(.timeLimit(.minutes(2)))
struct ProviderCaseTests {
    static let names: [String] = {
        // The folders; one that cannot be listed is a failure of the test below.
        (try? Fixture.names(in: "providers", ending: "")) ?? []
    }()

    @Test func `the cases are found`() {
        #expect(Self.names.count >= 50)
    }

    @Test(arguments: names)
    func `what was reported is read as it was meant`(_ name: String) async throws {
        let subject = try ProviderCase.named(name)
        let outcome = try await subject.run(name)
        for (key, wanted) in subject.expect { check(key, wanted, outcome) }
    }

    private func check(_ key: String, _ wanted: JSONValue, _ outcome: ProviderCase.Outcome) {
        let error = outcome.error
        let response = outcome.response
        let text = wanted.string ?? ""
        if !key.hasPrefix("error") { #expect(error == nil) }
        switch key {
        case "error": #expect(error != nil, "\(String(describing: response))")
        case "error.code": #expect(error?.code.description == text, "\(String(describing: error))")
        case "error.message~": #expect(error?.message.contains(text) == true, "\(String(describing: error))")
        case "error.retryAfter": #expect(error?.retryAfter == wanted.number.map { .seconds($0) })
        case "text": #expect(response?.text == text)
        case "text~": #expect(response?.text.contains(text) == true)
        case "reasoning": #expect(response?.reasoning == text)
        case "finish": #expect(response?.finishReason?.rawValue == text)
        case "state": #expect(response?.stateID == text)
        case "model": #expect(response?.model == text)
        case "models": #expect(outcome.models?.map { JSONValue.string($0.id) } == wanted.array)
        case "usage.total": #expect(response?.usage?.totalTokens == wanted.integer.map { Int($0) })
        case "args~": #expect(response?.toolCalls.first?.argumentsText.contains(text) == true)
        case "deltas!~": #expect(!outcome.deltas.contains { "\($0)".contains(text) })
        case "toolCalls": checkCalls(wanted.array ?? [], response?.toolCalls ?? [])
        case "request": for pair in wanted.array ?? [] { checkField(pair, outcome.sent) }
        default: Issue.record("no check is named \(key)")
        }
    }

    private func checkCalls(_ wanted: [JSONValue], _ calls: [ToolCall]) {
        #expect(calls.count == wanted.count)
        for (call, wanted) in zip(calls, wanted) {
            #expect(call.name == wanted["name"]?.string)
            #expect(call.arguments == wanted["args"], "\(call.argumentsText)")
            if let id = wanted["id"]?.string { #expect(call.id == id) }
        }
    }

    /// A value that begins with `=` names the field that it must equal.
    private func checkField(_ pair: JSONValue, _ sent: JSONValue?) {
        let path = pair[0]?.string ?? ""
        var value = pair[1]
        if let other = value?.string, other.hasPrefix("=") { value = sent?.at(String(other.dropFirst())) }
        #expect(value != nil)
        #expect(sent?.at(path) == value, "\(path) of \(sent?.text ?? "nothing")")
    }
}
