import HTTPSessionPool
import ProviderSimulator
import TestSupport
import Testing

@testable import AIProviders

@Suite(.timeLimit(.minutes(2)))
struct SimulatedChatTests {
    @Test(arguments: Dialect.allCases, [false, true])
    func `a chat and a stream say the same, plain and over TLS`(dialect: Dialect, tls: Bool) async throws {
        try await Simulated.run({ $0.tls = tls ? SimulatorTLS() : nil }) { simulated in
            let client = try simulated.client(dialect)
            let request = ChatRequest("Сколько будет 2+3?", system: "Отвечай кратко.")
            let chat = try await client.chat(request)
            let stream = try await client.stream(request).collect()
            #expect(chat.text.contains("Сколько будет 2+3?"))
            #expect(stream.text == chat.text)
            #expect(chat.finishReason == .stop)
            #expect(stream.finishReason == .stop)
            #expect(chat.usage?.totalTokens ?? 0 > 0)
            if dialect != .yandexOpenAI { #expect(stream.usage == chat.usage) }
            let counts = simulated.counts(dialect.provider)
            // GigaChat's tokens have a session, and so a connection, of their own.
            #expect(counts.connectionsAccepted == (dialect.provider == .gigachat ? 2 : 1))
            #expect(counts.responsesByStatus.keys.sorted() == [200])
        }
    }

    @Test(arguments: Dialect.allCases)
    func `a hundred callers at once stay within the account's limit`(dialect: Dialect) async throws {
        let change = { (configuration: inout SimulatorConfiguration) in
            configuration.answer.text = "Пять."
            configuration.naparnik.concurrentGenerations = 2
            configuration.openai.concurrentGenerations = 10
        }
        try await Simulated.run(change) { simulated in
            let client = try simulated.client(dialect)
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        number.isMultiple(of: 2)
                            ? try await client.chat("hi").text : try await client.stream("hi").collect().text
                    }
                }
                for try await text in group { #expect(text == "Пять.") }
            }
            let counts = simulated.counts(dialect.provider)
            #expect(counts.generationsRefused == 0)
            #expect(counts.responsesByStatus.keys.sorted() == [200])
            #expect(counts.tokensIssued == (dialect.provider == .gigachat ? 1 : 0))
            #expect(counts.connectionsAccepted <= 11)
        }
    }

    @Test func `accounts of one host do not wait for each other`() async throws {
        try await Simulated.run { simulated in
            simulated.simulator.updateFaults([.init(.hang(), provider: .gigachat, path: "/chat/completions", count: 1)])
            let (one, other) = (
                try simulated.gigaChat(), try simulated.gigaChat { $0.credentials = .client(id: "b", secret: "s") }
            )
            let waiting = Task { try await one.chat("hi") }
            try await simulated.simulator.statistics { $0[.gigachat].requestsHung == 1 }
            #expect(try await other.chat("hi").text.isEmpty == false)
            simulated.simulator.releaseHungRequests()
            _ = try await waiting.value
        }
    }

    private static let styles: [(String, SimulatorFaults.StreamStyle)] = {
        var styles: [(String, SimulatorFaults.StreamStyle)] = []
        func add(_ name: String, _ change: (inout SimulatorFaults.StreamStyle) -> Void) {
            var style = SimulatorFaults.StreamStyle()
            change(&style)
            styles.append((name, style))
        }
        add("CRLF") { $0.lineEnding = .crlf }
        add("CR") { $0.lineEnding = .cr }
        add("no space") { $0.hasSpaceAfterColon = false }
        add("comments") { $0.hasComments = true }
        add("multi-line") { $0.hasMultiLineData = true }
        add("split characters") { $0.splitsCharacters = true }
        add("many events per write") { $0.eventsPerWrite = 5 }
        add("byte order mark") { $0.hasByteOrderMark = true }
        add("no DONE") { $0.omitsDone = true }
        add("trailing data") { $0.trailingData = "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"!\"}}]}" }
        return styles
    }()

    @Test(arguments: Dialect.ofEvents)
    func `a stream may be written in any legal style`(dialect: Dialect) async throws {
        try await Simulated.run { simulated in
            let client = try simulated.client(dialect)
            let text = try await client.chat("hi").text
            for (name, style) in Self.styles {
                // Naparnik's stream has no end marker after which data could be ignored.
                if style.trailingData != nil, dialect == .naparnik { continue }
                simulated.simulator.updateFaults([.init(.stream(style), path: dialect.chatPath)])
                #expect(try await client.stream("hi").collect().text == text, "\(name)")
            }
        }
    }

    @Test(arguments: Dialect.allCases)
    func `a slow drip of single bytes gives the same text`(dialect: Dialect) async throws {
        try await Simulated.run({ $0.answer.text = "Ёлка 👨‍👩‍👧‍👦!" }) { simulated in
            let client = try simulated.client(dialect)
            var faults = SimulatorFaults()
            faults.drip = .init(bytes: 1, interval: .microseconds(10))
            simulated.simulator.updateFaults([.init(faults, path: dialect.chatPath)])
            #expect(try await client.stream("hi").collect().text == "Ёлка 👨‍👩‍👧‍👦!")
        }
    }

    @Test(arguments: ["application/json", "text/plain", "application/octet-stream"])
    func `a wrong content type changes nothing`(type: String) async throws {
        try await Simulated.run { simulated in
            let client = try simulated.openAI()
            let text = try await client.chat("hi").text
            var faults = SimulatorFaults()
            faults.contentType = type
            simulated.simulator.updateFaults([.init(faults, provider: .openai)])
            #expect(try await client.stream("hi").collect().text == text)
        }
    }
}
