import HTTPSessionPool
import ProviderSimulator
import TestSupport
import Testing

@testable import AIProviders

/// Checks of health by completions: sent when asked for, and only then.
@Suite(.timeLimit(.minutes(2)))
struct SimulatedHealthTests {
    /// Runs `body` with a client that has chatted once, and its session.
    private func run(
        _ dialect: Dialect,
        byCompletion: Bool = true,
        mode: HealthCheck.Mode = .http,
        _ body: (Simulated, any ChatClient, Session) async throws -> Void
    ) async throws {
        try await Simulated.run { simulated in
            func check(_ session: inout SessionConfiguration) {
                session.health.mode = mode
                session.health.interval = .milliseconds(10)
                // A machine that is busy with something else is no illness.
                session.health.timeout = .seconds(60)
            }
            let client = try simulated.client(dialect, byCompletion: byCompletion, check)
            _ = try await client.chat("hi")
            try await body(simulated, client, try await client.session(usePool: true))
            await client.close()
        }
    }

    /// Chats that a provider has seen.
    private func chats(_ dialect: Dialect, _ simulated: Simulated) -> Int {
        simulated.counts(dialect.provider).requestsByPath
            .filter { $0.key.hasPrefix("POST ") && $0.key.hasSuffix(dialect.chatPath) }
            .values.reduce(0, +)
    }

    @Test(arguments: Dialect.allCases)
    func `a completion is a real chat with the client's authorization`(dialect: Dialect) async throws {
        try await run(dialect) { simulated, _, session in
            try await eventually { session.health.checks >= 3 }
            let health = session.health
            #expect(health.state == .healthy && health.failedChecks == 0, "\(String(describing: health.lastError))")
            #expect(chats(dialect, simulated) >= 4)
            #expect(simulated.counts(.gigachat).tokensIssued <= 1)
            // Checks are no requests of anybody's.
            #expect(session.statistics.requests == (dialect == .naparnik ? 2 : 1))
        }
    }

    @Test(arguments: Dialect.allCases, [HealthCheck.Mode.connect, .http])
    func `no other mode sends a chat`(dialect: Dialect, mode: HealthCheck.Mode) async throws {
        try await run(dialect, byCompletion: false, mode: mode) { simulated, _, session in
            try await eventually { session.health.checks >= 3 }
            #expect(chats(dialect, simulated) == 1)
        }
    }

    @Test(arguments: Dialect.allCases, [401, 429, 500])
    func `an answer that is no success fails the check, and three of them the session`(
        dialect: Dialect,
        status: Int
    ) async throws {
        try await run(dialect) { simulated, client, session in
            simulated.simulator.updateFaults([.init(.failure(.init(status: status)), path: dialect.chatPath)])
            try await eventually { session.health.state == .unhealthy }
            #expect(session.health.failedChecks >= 3)
            #expect(session.health.lastError?.message.contains("\(status)") == true)
            // What nobody can use makes room for a fresh session, which the next request gets.
            simulated.simulator.updateFaults([])
            #expect(try await client.chat("hi").finishReason == .stop)
        }
    }

    @Test func `a token that cannot be fetched fails the check, and shows no secret`() async throws {
        try await run(.gigaChat1) { simulated, _, session in
            simulated.simulator.updateFaults([.init(.failure(.init(status: 401)), path: "/oauth")])
            simulated.simulator.expireTokens()
            try await eventually { session.health.state == .unhealthy }
            #expect(session.health.lastError.map { !"\($0)".contains("secret") } == true)
        }
    }

    @Test func `clients of one account share the session that is checked`() async throws {
        try await Simulated.run { simulated in
            let first = try simulated.gigaChat { $0.checksHealthByCompletion = true }
            let second = try simulated.gigaChat {
                $0.checksHealthByCompletion = true
                $0.model = "GigaChat-2-Max"
            }
            #expect(try await first.session().id == second.session().id)
        }
    }

    @Test func `a password's tokens come over a session of their own`() async throws {
        try await Simulated.run { simulated in
            let client = try simulated.gigaChat {
                $0.credentials = .password(user: "user", password: "secret")
                $0.checksHealthByCompletion = true
                $0.session.health.interval = .milliseconds(10)
                $0.session.health.timeout = .seconds(60)
                $0.usePool = false
            }
            _ = try await client.chat("hi")
            let session = try await client.channel.sessions.current()
            try await eventually { session.health.checks >= 2 }
            #expect(session.health.failedChecks == 0, "\(String(describing: session.health.lastError))")
            await client.close()
        }
    }

    @Test func `nothing is kept warm for the few calls that fetch tokens`() async throws {
        try await Simulated.run { simulated in
            let gigaChat = try simulated.gigaChat {
                $0.session.limits.maxConnections = 20
                $0.session.minConnections = 20
                $0.session.warmupOnStartup = false
            }
            // More than the tokens' session has connections, which would be refused.
            #expect(try await gigaChat.chat("hi").finishReason == .stop)
            #expect(simulated.counts(.gigachat).connectionsAccepted == 2)
            let yandex = try simulated.yandexGPT(.oauthToken("y0_token")) {
                $0.session.limits.maxConnections = 20
                $0.session.minConnections = 20
                $0.session.warmupOnStartup = false
            }
            #expect(try await yandex.chat("hi").finishReason == .stop)
        }
    }

    @Test func `a service without a model cannot be checked by completions`() async throws {
        try await Simulated.run { simulated in
            let error = #expect(throws: ProviderError.self) {
                try simulated.openAI {
                    $0.model = nil
                    $0.checksHealthByCompletion = true
                }
            }
            #expect(error?.code == .invalidConfiguration && error?.message.contains("model") == true)
        }
    }
}

extension Simulated {
    /// A client of a protocol, whose session is checked by completions or is as `change` makes it.
    fileprivate func client(
        _ dialect: Dialect,
        byCompletion: Bool,
        _ change: (inout SessionConfiguration) -> Void
    ) throws -> any ChatClient {
        func prepare(_ configuration: inout GigaChatConfiguration) {
            configuration.checksHealthByCompletion = byCompletion
            change(&configuration.session)
        }
        func prepare(_ configuration: inout NaparnikConfiguration) {
            configuration.checksHealthByCompletion = byCompletion
            change(&configuration.session)
        }
        func prepare(_ configuration: inout OpenAICompatibleConfiguration) {
            configuration.checksHealthByCompletion = byCompletion
            change(&configuration.session)
        }
        switch dialect {
        case .gigaChat1: return try gigaChat { prepare(&$0) }
        case .gigaChat2:
            return try gigaChat {
                $0.apiVersion = .v2
                prepare(&$0)
            }
        case .yandexGPT:
            return try yandexGPT {
                $0.checksHealthByCompletion = byCompletion
                change(&$0.session)
            }
        case .yandexOpenAI: return try yandexOpenAI { prepare(&$0) }
        case .naparnik: return try naparnik { prepare(&$0) }
        case .naparnikCompletions: return try naparnik(.completions) { prepare(&$0) }
        case .openAI: return try openAI { prepare(&$0) }
        }
    }
}
