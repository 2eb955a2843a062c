import AIProviders
import HTTPSessionPool
import ProviderSimulator

// The README's tour: the code between the marks is shown there.

/// Sessions: the pool itself, for any HTTP service.
func sessions(_ url: String, _ key: String) async throws {
    // tour: sessions
    // One session per base URL for the whole process, created once however many callers race.
    let session = try await SessionPool.shared.session(for: url)
    let models = try await session.get("/models", headers: ["Authorization": "Bearer \(key)"])
    print(models.status, models.metrics.reusedConnection ? "on a kept connection" : "on a new connection")

    // Scoped: the session is not evicted while the block runs.
    let answer = try await SessionPool.shared.acquire(url) { session in
        try await session.post(
            "/chat/completions",
            headers: ["Authorization": "Bearer \(key)", "Content-Type": "application/json"],
            body: Array(#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}]}"#.utf8)
        )
    }
    print(answer.status, answer.body.count, "bytes")
    // tour: end
}

/// Clients: pooled by default.
func clients(_ endpoints: SimulatorEndpoints) async throws -> GigaChatClient {
    // tour: clients
    var configuration = GigaChatConfiguration(credentials: .authorizationKey("ZGVtbzpkZW1v"))
    configuration.baseURL = endpoints.gigachat.baseURL  // without these three lines: GigaChat itself
    configuration.authURL = endpoints.gigachat.authURL
    configuration.session.tls.additionalRoots = endpoints.caFile.map { [.file($0)] } ?? []
    let gigaChat = try GigaChatClient(configuration)

    let answer = try await gigaChat.chat("Почему небо голубое?")
    print(answer.text, answer.usage?.totalTokens ?? 0)

    for try await delta in gigaChat.stream("Расскажи о пуле соединений") {
        print(delta.text ?? "", terminator: "")  // leaving the loop early ends the transfer
    }
    print()
    // tour: end
    return gigaChat
}

/// A session of one's own.
func privateSession(_ gigaChat: GigaChatClient) async throws {
    // tour: private
    let session = try await gigaChat.session(usePool: false)
    print(try await gigaChat.chat(ChatRequest("Без пула"), on: session).text)
    await session.close()
    // tour: end
}

/// Several providers at once.
func several(_ clients: [any ChatClient]) async {
    // tour: several
    await withTaskGroup(of: String.self) { group in
        for client in clients {
            group.addTask {
                do throws(ProviderError) {
                    return "\(client.provider): \(try await client.chat("2 + 2?").text.count) characters"
                } catch {
                    return error.isRetryable ? "\(client.provider): try again later" : "\(error)"
                }
            }
        }
        for await line in group { print(line) }
    }
    // tour: end
}

/// Limits and time limits of one's own.
func configured(_ url: String, _ key: String) async throws {
    // tour: configuration
    var configuration = PoolConfiguration()
    configuration.maxSessions = 20
    configuration.eviction = .fifo
    configuration.session.headers["Authorization"] = "Bearer \(key)"
    configuration.session.limits.maxConcurrentRequests = 4
    configuration.session.timeouts.firstByte = .seconds(120)
    let pool = SessionPool(configuration: configuration)
    print(try await pool.session(for: url).get("/models").status)
    let aborted = await pool.shutdown(grace: .seconds(10))
    print(aborted, "requests aborted")
    // tour: end
}

/// What happened, and the end.
func end() async {
    // tour: end of process
    let statistics = SessionPool.shared.statistics
    for session in statistics.sessions {
        print(
            session.origin,
            session.statistics.requests,
            "requests,",
            session.statistics.connectionsCreated,
            "connections"
        )
    }
    print("reuse ratio", statistics.total.reuseRatio)
    await SessionPool.closeShared(grace: .seconds(10))  // the next use of .shared makes a fresh pool
    // tour: end
}

/// Runs the tour against providers that are simulated in this process.
@main
struct Tour {
    static func main() async throws {
        var configuration = SimulatorConfiguration()
        configuration.tls = SimulatorTLS()
        let secure = try ProviderSimulator(configuration: configuration)
        let plain = try ProviderSimulator()
        defer {
            secure.stop()
            plain.stop()
        }
        var naparnik = NaparnikConfiguration(token: "demo")
        naparnik.baseURL = plain.endpoints.naparnik.baseURL
        var yandex = YandexGPTConfiguration(folderID: "b1g", credentials: .apiKey("demo"))
        yandex.baseURL = plain.endpoints.yandexgpt.baseURL

        try await sessions(plain.endpoints.openai.baseURL, "demo")
        let gigaChat = try await clients(secure.endpoints)
        try await privateSession(gigaChat)
        await several([gigaChat, try YandexGPTClient(yandex), try NaparnikClient(naparnik)])
        try await configured(plain.endpoints.openai.baseURL, "demo")
        await end()
    }
}
