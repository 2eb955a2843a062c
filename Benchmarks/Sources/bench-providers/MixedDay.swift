internal import AIProviders
internal import BenchSupport
internal import Foundation
internal import HTTPSessionPool
internal import ProviderSimulator

/// Chats with three providers, and what became of them.
struct MixedDay: Sendable {
    /// Where a chat gets its session.
    enum Mode: String {
        case pooled, unpooled
    }

    /// An answer to another question than the one that was asked.
    struct WrongAnswer: Error {
        let question: String
        let answer: String
    }

    private struct Account: Sendable {
        let name: String
        let client: any ChatClient
        let limit: Int
    }

    private struct Tally: Sendable {
        var latencies = LatencyHistogram()
        var chats = 0
        var failures = 0
        var connections = 0
        var wrong: WrongAnswer?

        mutating func merge(_ other: Tally) {
            latencies.merge(other.latencies)
            chats += other.chats
            failures += other.failures
            connections += other.connections
            wrong = wrong ?? other.wrong
        }
    }

    private let options: BenchOptions
    private let mode: Mode
    private let accounts: [Account]

    init(_ options: BenchOptions, mode: Mode, endpoints: String) throws {
        self.options = options
        self.mode = mode
        let endpoints = try JSONDecoder().decode(SimulatorEndpoints.self, from: Data(endpoints.utf8))
        accounts = try Self.accounts(at: endpoints, usesPool: mode == .pooled)
    }

    // MARK: The day

    /// Runs `--requests` chats with every provider, `--concurrency` callers each.
    func run() async throws -> JSONLine {
        let (begin, cpu) = (ProcessFacts.now, ProcessFacts.processorTime)
        var total = await withTaskGroup(of: Tally.self) { group in
            for account in accounts { group.addTask { await chats(with: account) } }
            return await group.reduce(into: Tally()) { $0.merge($1) }
        }
        let (end, used) = (ProcessFacts.now, ProcessFacts.processorTime - cpu)
        if let wrong = total.wrong { throw wrong }
        if mode == .pooled {
            total.connections = SessionPool.shared.statistics.total.connectionsCreated
            await SessionPool.closeShared()
        }
        var line = JSONLine()
        line["requests"] = Double(total.chats)
        line["seconds"] = Double(end - begin) / 1e9
        line["cpu_seconds"] = Double(used) / 1e9
        line["p50_us"] = total.latencies.percentile(0.5)
        line["p99_us"] = total.latencies.percentile(0.99)
        line["failures"] = Double(total.failures)
        line["connections"] = Double(total.connections)
        line["peak_kib"] = Double(ProcessFacts.peakMemory)
        return line
    }

    private func chats(with account: Account) async -> Tally {
        // The pool keeps an account's limit by itself; sessions that know nothing of each other need this.
        let gate = AccountGate(limit: mode == .pooled ? .max : account.limit)
        return await withTaskGroup(of: Tally.self) { group in
            for caller in 0..<options.concurrency {
                group.addTask {
                    var tally = Tally()
                    for number in stride(from: caller, to: options.requests, by: options.concurrency) {
                        let begin = ProcessFacts.now
                        await gate.enter()
                        await chat(number, with: account, &tally)
                        await gate.leave()
                        tally.latencies.add(nanoseconds: ProcessFacts.now - begin)
                    }
                    return tally
                }
            }
            return await group.reduce(into: Tally()) { $0.merge($1) }
        }
    }

    private func chat(_ number: Int, with account: Account, _ tally: inout Tally) async {
        let question = "chat \(number) with \(account.name)"
        tally.chats += 1
        do throws(ProviderError) {
            let answer = try await ask(question, isStreamed: number % 2 == 1, account.client, &tally)
            // The simulator repeats the question in its answer.
            if !answer.text.contains(question) { tally.wrong = WrongAnswer(question: question, answer: answer.text) }
        } catch {
            tally.failures += 1
        }
    }

    private func ask(
        _ question: String,
        isStreamed: Bool,
        _ client: any ChatClient,
        _ tally: inout Tally
    ) async throws(ProviderError) -> ChatResponse {
        guard mode == .unpooled else {
            return isStreamed ? try await client.stream(question).collect() : try await client.chat(question)
        }
        let session = try await client.session(usePool: false)
        let request = ChatRequest(question)
        let result: Result<ChatResponse, ProviderError>
        do throws(ProviderError) {
            result = .success(
                isStreamed
                    ? try await client.stream(request, on: session).collect()
                    : try await client.chat(request, on: session)
            )
        } catch {
            result = .failure(error)
        }
        tally.connections += session.statistics.connectionsCreated
        await session.close()
        return try result.get()
    }

    // MARK: The accounts

    private static func accounts(at endpoints: SimulatorEndpoints, usesPool: Bool) throws -> [Account] {
        func prepare(_ session: inout SessionConfiguration) {
            session.tls.additionalRoots = endpoints.caFile.map { [.file($0)] } ?? []
            session.proxy = .none
            session.timeouts.connect = .seconds(60)
        }

        // Base64 of demo:demo, the form of an authorization key.
        var gigaChat = GigaChatConfiguration(credentials: .authorizationKey("ZGVtbzpkZW1v"))
        gigaChat.baseURL = endpoints.gigachat.baseURL
        gigaChat.authURL = endpoints.gigachat.authURL
        prepare(&gigaChat.session)
        gigaChat.usePool = usesPool

        var yandex = YandexGPTConfiguration(folderID: "b1gdemo", credentials: .apiKey("demo-key"))
        yandex.baseURL = endpoints.yandexgpt.baseURL
        prepare(&yandex.session)
        yandex.usePool = usesPool

        var naparnik = NaparnikConfiguration(token: "demo-token")
        naparnik.baseURL = endpoints.naparnik.baseURL
        prepare(&naparnik.session)
        naparnik.usePool = usesPool

        return [
            Account(
                name: "gigachat",
                client: try GigaChatClient(gigaChat),
                limit: gigaChat.maxConcurrentRequests ?? gigaChat.scope.defaultConcurrency
            ),
            Account(
                name: "yandexgpt",
                client: try YandexGPTClient(yandex),
                limit: yandex.session.limits.maxConcurrentRequests
            ),
            Account(
                name: "naparnik",
                client: try NaparnikClient(naparnik),
                limit: naparnik.session.limits.maxConcurrentRequests
            ),
        ]
    }
}
